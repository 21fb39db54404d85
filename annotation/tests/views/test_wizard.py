import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Membership, Role, Team
from annotation.domain.upload_check import check_upload
from annotation.domain.upload_import import import_upload
from annotation.models import Project, Upload, UploadError
from annotation.tests.api.test_work import signed_in
from annotation.tests.factories import (
    SENTIMENT,
    make_draft,
    make_escrow,
    make_gold,
    make_team,
    make_token,
    make_upload,
    make_user,
)
from rewards.models import ChainEvent

pytestmark = pytest.mark.django_db
STEPS = ["", "data/", "interface/", "instructions/", "quality/", "gold/", "targets/", "price/", "funding/", "opening/"]
CSV = b"text,source\nA quiet film,letters\nA loud one,web\nA quiet film,letters\nbroken\n"


@pytest.fixture
def owner():
    return make_user("owner")


@pytest.fixture
def project(owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return make_draft(owner=owner, team=make_team(owner=owner))


def setup(project, step):
    return f"/projects/{project.pk}/setup/{step}"


def quality_form(**changes):
    return {
        "overlap": 3, "min_reputation": 0, "gold_percent": 0, "review_hours": 72, "lease_minutes": 15,
        "assignment_mode": "automatic",
    } | changes  # fmt: skip


def test_whoever_has_no_team_makes_one_with_the_project():
    newcomer = make_user("newcomer")
    client = signed_in(newcomer)

    assert "Name of your team" in client.get("/projects/new/").content.decode()
    answer = client.post("/projects/new/", {"title": "Film reviews", "team_name": "Hand Labs"})

    project = Project.objects.get()
    assert answer["Location"] == setup(project, "data/")
    assert Membership.objects.get(user=newcomer, team=project.team).role == Role.OWNER


def test_a_project_cannot_be_given_to_a_team_of_others(owner):
    make_team(owner=owner)
    foreign = make_team(owner=make_user("other"))

    answer = signed_in(owner).post("/projects/new/", {"title": "x", "team": str(foreign.pk)})

    assert answer.status_code == 422
    assert not Project.objects.exists()


def test_a_reviewer_of_a_team_starts_a_team_of_his_own():
    reviewer = make_user("reviewer")
    make_team(reviewer=reviewer)

    signed_in(reviewer).post("/projects/new/", {"title": "x", "team_name": "Mine"})

    assert Project.objects.get().team == Team.objects.get(name="Mine")


@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_for_a_manager_and_for_nobody_else(project, step):
    viewer = make_user("viewer")
    Membership.objects.create(team=project.team, user=viewer, role=Role.VIEWER)

    assert signed_in(project.created_by).get(setup(project, step), follow=True).status_code == 200
    assert signed_in(viewer).get(setup(project, step)).status_code == 404
    assert signed_in(make_user("outsider")).get(setup(project, step)).status_code == 404


@pytest.mark.parametrize("step", STEPS)
def test_every_step_can_be_looked_at_before_anything_is_there(owner, step):
    project = make_draft(owner=owner, team=make_team(owner=owner), items=0, token=None)
    Project.objects.update(schema_version=None, instructions="", token=None, price_minor=0)

    assert signed_in(owner).get(setup(project, step), follow=True).status_code == 200


def test_the_wizard_goes_on_where_something_is_missing(project):
    client = signed_in(project.created_by)

    assert client.get(setup(project, ""))["Location"] == setup(project, "funding/")
    Project.objects.update(instructions="")
    assert client.get(setup(project, ""))["Location"] == setup(project, "instructions/")


def test_a_file_is_checked_shown_and_imported(owner, settings, tmp_path, django_capture_on_commit_callbacks):
    settings.MEDIA_ROOT = tmp_path
    project = make_draft(owner=owner, team=make_team(owner=owner), items=0)
    client = signed_in(owner)

    answer = client.post(setup(project, "data/"), {"file": SimpleUploadedFile("rows.csv", CSV)})
    upload = Upload.objects.get()
    assert answer["Location"] == f"/projects/uploads/{upload.pk}/"
    assert "Checking the file" in client.get(answer["Location"]).content.decode()

    check_upload(upload)
    page = client.get(answer["Location"]).content.decode()
    assert "Import 2 items" in page
    assert "leave out 2" in page
    assert "The row has 1 cells, the header 2." in page
    assert "A quiet film" in page

    client.post(f"/projects/uploads/{upload.pk}/import/")
    import_upload(upload)
    project.refresh_from_db()
    assert project.items_total == 2
    assert "Go on to the interface" in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("rows.exe", b"x", "cannot be read"), ("rows.csv", b"", "empty"), (None, b"", "Choose a file first")],
)
def test_a_file_that_is_refused_is_explained(project, name, content, said):
    data = {"file": SimpleUploadedFile(name, content)} if name else {}

    answer = signed_in(project.created_by).post(setup(project, "data/"), data)

    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_bad_rows_are_paged_and_downloaded_without_formulas(project):
    upload = make_upload(project, rows_bad=60)
    UploadError.objects.bulk_create(
        UploadError(upload=upload, row=n, field="=cmd()", reason=f"Reason {n}") for n in range(60)
    )
    client = signed_in(project.created_by)

    page = client.get(f"/projects/uploads/{upload.pk}/").content.decode()
    table = b"".join(client.get(f"/projects/uploads/{upload.pk}/errors.csv").streaming_content).decode()

    assert "Reason 49" in page
    assert "Reason 50" not in page
    assert "Reason 50" in client.get(f"/projects/uploads/{upload.pk}/?page=2").content.decode()
    assert table.splitlines()[1] == "0,'=cmd(),Reason 0"


def test_progress_is_a_fragment_that_ends(project):
    upload = make_upload(project, state="checking")
    client = signed_in(project.created_by)
    path, asked = f"/projects/uploads/{upload.pk}/", {"HX-Request": "true"}

    running = client.get(path, headers=asked).content.decode()
    Upload.objects.update(state="checked")
    ended = client.get(path, headers=asked).content.decode()

    assert "<html" not in running
    assert "data-poll-done" not in running
    assert "data-poll-done" in ended


def test_a_discarded_file_is_gone(project):
    upload = make_upload(project)

    signed_in(project.created_by).post(f"/projects/uploads/{upload.pk}/discard/")

    assert not Upload.objects.exists()


def test_the_interface_is_saved_and_errors_name_their_place(project):
    client = signed_in(project.created_by)
    broken = SENTIMENT | {"fields": [SENTIMENT["fields"][0] | {"options": [{"value": "a"}]}]}

    refused = client.post(setup(project, "interface/"), {"schema": json.dumps(broken)})
    nonsense = client.post(setup(project, "interface/"), {"schema": "{"})
    saved = client.post(setup(project, "interface/"), {"schema": json.dumps(SENTIMENT)})

    assert refused.status_code == 422
    assert "fields[0].options" in refused.content.decode()
    assert "not JSON" in nonsense.content.decode()
    assert saved["Location"] == setup(project, "instructions/")


def test_a_starter_shows_the_column_that_is_meant(project):
    make_upload(project, columns=[{"name": "id", "kind": "text", "filled": 1, "example": "1"},
                                  {"name": "review", "kind": "text", "filled": 1, "example": "x"}])  # fmt: skip

    page = signed_in(project.created_by).get(setup(project, "interface/?starter=topics")).content.decode()

    assert "&quot;review&quot;: {" in page
    assert "&quot;multiple&quot;: true" in page


def test_instructions_are_shown_without_what_harms(project):
    client = signed_in(project.created_by)
    text = "# Hi\n<script>alert(1)</script> [x](javascript:alert(1)) ![p](https://other.example/p.png)"

    page = client.post(
        setup(project, "instructions/"), {"instructions": text, "preview": "1"}, headers={"HX-Request": "true"}
    ).content.decode()

    assert "<h2>Hi</h2>" in page
    assert "<script>" not in page
    assert 'href="javascript' not in page
    assert "<img" not in page
    project.refresh_from_db()
    assert project.instructions != text


def test_rules_are_saved(project):
    client = signed_in(project.created_by)

    client.post(
        setup(project, "quality/"), quality_form(overlap=5, spoken=["fr", "de"], team_only="on", review_hours=0)
    )

    project.refresh_from_db()
    assert (project.overlap, project.languages, project.team_only, project.review_period_seconds) == (
        5, ["fr", "de"], True, 0,
    )  # fmt: skip


def test_a_project_may_collect_until_it_is_sure_and_sees_least_and_most(project):
    client = signed_in(project.created_by)
    until_sure = quality_form(collecting="until_sure", overlap=7, target_confidence="97.5", least_overlap=2)

    client.post(setup(project, "quality/"), until_sure)

    project.refresh_from_db()
    assert (project.target_confidence, project.least_overlap, project.overlap) == (0.975, 2, 7)
    shown = client.get(setup(project, "quality/")).content.decode()
    assert 'value="97.5"' in shown
    price = client.get(setup(project, "price/")).content.decode()
    for words in ("3 × 2 to 7", "6 to 21 answers", "Cost at least"):
        assert words in price
    assert "2 to 7, until 97.5 % sure" in client.get(setup(project, "opening/")).content.decode()

    client.post(setup(project, "quality/"), quality_form(collecting="fixed", target_confidence="97.5", overlap=4))

    project.refresh_from_db()
    assert (project.target_confidence, project.overlap) == (None, 4)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"target_confidence": "", "least_overlap": 2}, "target_confidence"),
        ({"target_confidence": "100", "least_overlap": 2}, "target_confidence"),
        ({"target_confidence": "95", "least_overlap": 1}, "least_overlap"),
        ({"target_confidence": "95", "least_overlap": 9}, "overlap"),
    ],
)
def test_until_sure_needs_a_target_and_room(project, said, field):
    form = quality_form(collecting="until_sure", overlap=5, **said)

    answer = signed_in(project.created_by).post(setup(project, "quality/"), form)

    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    project.refresh_from_db()
    assert project.target_confidence is None


def test_bad_rules_are_explained(project):
    answer = signed_in(project.created_by).post(setup(project, "quality/"), quality_form(overlap=0, gold_percent=80))

    assert answer.status_code == 422
    assert answer.content.decode().count("aria-invalid") == 2


def test_gold_comes_from_a_table_and_replaces_the_old(project):
    client = signed_in(project.created_by)

    def send(text):
        return client.post(setup(project, "gold/"), {"file": SimpleUploadedFile("gold.csv", text.encode())})

    assert send("item,sentiment,explanation\n1,pos,clear\n3,neg,\n").status_code == 302
    assert send("item,sentiment\n2,meh\n99,pos\n").status_code == 422
    assert list(project.items.filter(is_gold=True).values_list("position", flat=True)) == [0, 2]
    assert "clear" not in client.get(setup(project, "gold/")).content.decode()


def test_items_are_assigned_by_a_table(project):
    worker = make_user()
    table = f"item,annotator\n1,{worker.email}\n9,{worker.email}\n2,nobody@example.org\n"

    page = (
        signed_in(project.created_by)
        .post(setup(project, "targets/"), {"file": SimpleUploadedFile("who.csv", table.encode())})
        .content.decode()
    )

    assert "1 assigned, 0 were already, 2 could not be" in page
    assert "This project has no such item." in page


def test_the_quote_is_shown_before_anything_is_saved(project):
    client = signed_in(project.created_by)
    token = make_token(symbol="GOLD", decimals=18)
    given = {"token": str(token.pk), "price": "0.07", "review_price": "0"}

    fragment = client.post(setup(project, "price/"), given, headers={"HX-Request": "true"}).content.decode()
    page = client.post(setup(project, "price/"), given | {"preview": "1"}).content.decode()

    assert "<html" not in fragment
    assert "0.6615" in fragment  # 3 items × 3 answers × 0.07 and 5 %
    assert "0.6615" in page
    project.refresh_from_db()
    assert project.price_minor == 50_000


@pytest.mark.parametrize("price", ["", "0", "-1", "1e3", "0.0000001", "abc", "9" * 50])
def test_a_price_that_cannot_be_read_is_explained(project, price):
    answer = signed_in(project.created_by).post(
        setup(project, "price/"), {"token": str(project.token_id), "price": price}
    )

    assert answer.status_code == 422
    project.refresh_from_db()
    assert project.price_minor == 50_000


def test_a_price_is_saved_in_minor_units(project):
    signed_in(project.created_by).post(
        setup(project, "price/"), {"token": str(project.token_id), "price": "0,125", "review_price": "0.01"}
    )

    project.refresh_from_db()
    assert (project.price_minor, project.review_price_minor) == (125_000, 10_000)


def test_funding_fixes_the_quote_and_shows_what_to_send(project):
    client = signed_in(project.created_by)

    refused = client.post(setup(project, "funding/request/"), {"funder_address": "0x12"})
    client.post(setup(project, "funding/request/"), {"funder_address": "0x" + "ab" * 20})

    assert refused.status_code == 422
    project.refresh_from_db()
    page = client.get(setup(project, "funding/")).content.decode()
    assert str(project.escrow_id) in page
    assert project.token.chain.escrow_address in page
    assert page.count("data:  0x") == 2


def test_an_announced_deposit_is_waited_for(project):
    client = signed_in(project.created_by)
    client.post(setup(project, "funding/request/"), {"funder_address": "0x" + "ab" * 20})

    client.post(setup(project, "funding/deposit/"), {"transaction_hash": "0x" + "cd" * 32})

    fragment = client.get(setup(project, "funding/"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "Announced; the chain has not shown it yet." in fragment
    assert "data-poll-done" not in fragment


def test_money_on_its_way_is_not_asked_for_again(project):
    client = signed_in(project.created_by)
    client.post(setup(project, "funding/request/"), {"funder_address": "0x" + "ab" * 20})
    project.refresh_from_db()
    escrow, chain = project.escrow, project.token.chain
    ChainEvent.objects.create(
        chain=chain, name="Funded", arguments={"project": escrow.chain_key, "amount": str(escrow.required)},
        block_number=7, block_hash="0x0", transaction_hash="0x" + "ef" * 32, log_index=0,
    )  # fmt: skip
    type(chain).objects.filter(pk=chain.pk).update(indexed_block=8)

    page = client.get(setup(project, "funding/")).content.decode()

    assert "1 of 3" in page
    assert "nothing left to do but wait" in page
    assert "Fund with your wallet" not in page


def test_what_is_missing_is_named_where_money_would_be_asked_for(project):
    Project.objects.update(instructions="", gold_percent=5)

    page = signed_in(project.created_by).get(setup(project, "funding/")).content.decode()

    assert "Write instructions for the annotators." in page
    assert "Mark gold items, or set the share of gold to 0." in page
    assert "Fund with your wallet" not in page


def test_a_running_project_keeps_its_rules(project):
    client = signed_in(project.created_by)
    Project.objects.filter(pk=project.pk).update(state=Project.State.CLOSED)

    answer = client.post(setup(project, "quality/"), quality_form(overlap=9))

    assert answer.status_code == 422
    assert "fixed once a project is funded" in answer.content.decode()


def test_opening_says_which_gold_no_longer_fits_and_offers_no_button(project, owner):
    make_gold(project, value="gone")
    Project.objects.filter(pk=project.pk).update(
        state=Project.State.FUNDED, escrow=make_escrow(project.team, project.token), gold_percent=5
    )
    client = signed_in(owner)

    refused = client.post(f"/projects/{project.pk}/opening/", follow=True).content.decode()
    shown = client.get(setup(project, "opening/")).content.decode()

    assert "not ready to be opened. 1 gold answers do not fit" in refused
    assert "1 gold answers do not fit" in shown
    assert 'data-confirm="open-project"' not in shown
