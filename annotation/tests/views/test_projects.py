import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.domain import audit
from annotation.models import Answer, Export, Project, Resolution
from annotation.queries.agreement import agreement_of
from annotation.tests.api.test_work import signed_in, statements_of
from annotation.tests.factories import (
    make_answer,
    make_draft,
    make_export,
    make_gold,
    make_project,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db
PAGES = ["", "items/", "annotators/", "exports/", "history/", "closure/", "edit/"]


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def owner():
    return make_user("owner")


@pytest.fixture
def project(owner):
    return make_project(owner=owner, team=make_team(owner=owner), title="Film reviews")


def get(user, path, **headers):
    response = signed_in(user).get(path, headers=headers)
    return response.status_code, response.content.decode()


def test_an_empty_list_says_how_it_goes():
    status, page = get(make_user(), "/projects/")

    assert status == 200
    assert "No project yet" in page
    assert 'href="/projects/new/"' in page


def test_the_list_holds_my_teams_projects_and_no_others(owner, project):
    make_project(title="Somebody else's")

    _status, page = get(owner, "/projects/")

    assert "Film reviews" in page
    assert "Somebody else" not in page


@pytest.mark.parametrize("path", PAGES)
def test_an_outsider_finds_no_project(project, path):
    assert get(make_user("outsider"), f"/projects/{project.pk}/{path}")[0] == 404


def test_a_viewer_sees_progress_and_may_stop_nothing(project):
    viewer = make_user("viewer")
    project.team.memberships.create(user=viewer, role="viewer")

    status, page = get(viewer, f"/projects/{project.pk}/")

    assert status == 200
    assert "How far" in page
    assert "/closure/" not in page
    assert get(viewer, f"/projects/{project.pk}/exports/")[0] == 404


def test_the_project_page_counts_answers_money_and_agreement(owner, project):
    item = project.items.first()
    make_answer(item, make_user())
    make_answer(item, make_user())

    _status, page = get(owner, f"/projects/{project.pk}/")

    assert "2 answers wait for a verdict" in page
    assert "2 of 9" in page
    assert "α = 1.00" in page


def test_agreement_falls_when_people_disagree(project):
    for item in project.items.all():
        make_answer(item, make_user(), "pos")
        make_answer(item, make_user(), "neg")

    (row,) = agreement_of(project)

    assert row.alpha < 0
    assert (row.items, row.answers) == (3, 6)


def test_pausing_and_resuming_work_without_script(owner, project):
    client = signed_in(owner)

    client.post(f"/projects/{project.pk}/pause/")
    project.refresh_from_db()
    assert project.state == Project.State.PAUSED
    assert "Resume" in client.get(f"/projects/{project.pk}/").content.decode()

    client.post(f"/projects/{project.pk}/resumption/")
    project.refresh_from_db()
    assert project.state == Project.State.OPEN


@pytest.mark.django_db(transaction=True)
def test_closing_asks_first_and_says_what_goes_back():
    owner = make_user("owner")
    project = make_project(owner=owner, team=make_team(owner=owner))
    client = signed_in(owner)

    page = client.get(f"/projects/{project.pk}/closure/").content.decode()
    client.post(f"/projects/{project.pk}/closure/", {"reason": "Enough"})

    project.refresh_from_db()
    assert "The rest goes back" in page
    assert project.escrow.funder_address in page
    assert project.state == Project.State.CLOSING


def test_items_go_on_after_the_last_one_shown(owner):
    project = make_project(owner=owner, team=make_team(owner=owner), items=60)

    _status, first = get(owner, f"/projects/{project.pk}/items/")
    _status, second = get(owner, f"/projects/{project.pk}/items/?show=all&after=24")

    assert "Text 24" in first
    assert "Text 25" not in first
    assert "after=24" in first
    assert "Text 49" in second
    assert "Text 24<" not in second


def test_unsure_items_come_first_when_asked(owner, project):
    for item, confidence in zip(project.items.all(), (0.7, 0.55, 0.99), strict=True):
        Resolution.objects.create(
            item=item, project=project, value={"sentiment": "pos"}, confidence=confidence, method="online", answers=2
        )

    _status, page = get(owner, f"/projects/{project.pk}/items/?below=80")

    assert page.index("Text 1") < page.index("Text 0")
    assert "Text 2" not in page
    assert "Positive" in page


def test_a_nonsense_place_is_the_beginning(owner, project):
    for query in ("after=x", "below=80&after=x_y", "show=none", "below=12"):
        assert get(owner, f"/projects/{project.pk}/items/?{query}")[0] == 200


def test_an_item_shows_answers_under_pseudonyms(owner, project):
    worker = make_user("worker")
    answer = make_answer(project.items.first(), worker)

    _status, page = get(owner, f"/projects/{project.pk}/items/{answer.item_id}/")

    assert "annotator-" in page
    assert worker.email not in page
    assert "Positive" in page


def test_a_viewer_sees_an_item_without_its_answers(project):
    viewer = make_user("viewer")
    project.team.memberships.create(user=viewer, role="viewer")
    answer = make_answer(project.items.first(), make_user())

    _status, page = get(viewer, f"/projects/{project.pk}/items/{answer.item_id}/")

    assert "annotator-" not in page


def test_an_item_of_another_project_is_not_reached(owner, project):
    other = make_project().items.first()

    assert get(owner, f"/projects/{project.pk}/items/{other.pk}/")[0] == 404


def test_gold_is_shown_to_managers(owner, project):
    item = make_gold(project)

    assert "Right" not in get(owner, f"/projects/{project.pk}/annotators/")[1]
    assert "<strong>Positive</strong>" in get(owner, f"/projects/{project.pk}/items/{item.pk}/")[1]


def test_annotators_are_pseudonyms_with_figures(owner, project):
    worker = make_user("worker")
    make_answer(project.items.first(), worker, active_ms=4_000)

    _status, page = get(owner, f"/projects/{project.pk}/annotators/")

    assert "annotator-" in page
    assert worker.email not in page
    assert "4.0 s" in page


def test_history_tells_who_did_what(owner, project):
    audit.record(
        "project.paused",
        actor=owner,
        object_kind="project",
        object_id=project.pk,
        team=project.team,
        reason="<b>Rest</b>",
    )

    _status, page = get(owner, f"/projects/{project.pk}/history/")

    assert "The project was paused." in page
    assert "&lt;b&gt;Rest" in page


def test_an_export_is_asked_for_and_taken_away(owner, project, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = signed_in(owner)

    client.post(f"/projects/{project.pk}/exports/", {"format": "jsonl"})
    export = Export.objects.get()
    assert client.get(f"/projects/exports/{export.pk}/file/").status_code == 302

    Export.objects.filter(pk=export.pk).update(
        state="ready",
        path=default_storage.save("e.jsonl", ContentFile(b"{}\n")),
        finished_at=export.created_at,
        sha256="ab" * 32,
    )
    answer = client.get(f"/projects/exports/{export.pk}/file/")
    assert b"".join(answer.streaming_content) == b"{}\n"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "ab" * 32 in client.get(f"/projects/{project.pk}/exports/").content.decode()


def test_exports_poll_a_fragment(owner, project):
    make_export(project, state="writing", items_total=3, items_done=1)

    _status, page = get(owner, f"/projects/{project.pk}/exports/", **{"HX-Request": "true"})

    assert "<html" not in page
    assert "1 of 3" in page
    assert "data-poll-done" not in page


def test_dashboard_shows_each_role_its_own(owner, project):
    make_answer(project.items.first(), make_user())
    admin = make_user("admin", is_quality_admin=True, is_finance_admin=True)
    worker = make_user("worker")
    make_answer(project.items.last(), worker)

    assert "Waits for you" in get(owner, "/dashboard/")[1]
    assert "1 answer waits for a verdict: " in get(worker, "/dashboard/")[1]
    page = get(admin, "/dashboard/")[1]
    assert "2 answers wait for a verdict" in page
    assert 'id="finance-title"' in page
    assert 'id="finance-title"' not in get(worker, "/dashboard/")[1]


def test_a_new_person_is_told_what_to_do():
    page = get(make_user(), "/dashboard/")[1]

    assert "First: which languages do you know?" in page
    assert "Start a project" in page


@pytest.mark.parametrize("path", ["/projects/", "/dashboard/"])
def test_lists_of_projects_cost_the_same_for_one_and_for_three(path):
    def count(projects):
        owner = make_user("owner")
        team = make_team(owner=owner)
        for number in range(projects):
            project = (make_draft if number else make_project)(owner=owner, team=team)
            make_answer(project.items.first(), make_user())
        client = signed_in(owner)
        client.get(path)
        return len(statements_of(lambda: client.get(path))[1])

    one = count(1)
    Project.objects.update(state=Project.State.CLOSED)
    assert count(3) == one


@pytest.mark.parametrize("path", ["items/", "annotators/", "exports/", "history/"])
def test_lists_of_a_project_cost_the_same_for_one_and_for_three(path):
    def count(rows):
        owner = make_user("owner")
        project = make_project(owner=owner, team=make_team(owner=owner), items=rows)
        for item in project.items.all():
            answer = make_answer(item, make_user())
            Resolution.objects.create(
                item=item, project=project, value=answer.value, confidence=0.9, method="online", answers=1
            )
            make_export(project, state="ready")
            audit.record("project.changed", actor=make_user(), object_kind="project", object_id=project.pk)
        client = signed_in(owner)
        client.get(f"/projects/{project.pk}/{path}")
        return len(statements_of(lambda: client.get(f"/projects/{project.pk}/{path}"))[1])

    assert count(1) == count(3)


def test_answers_of_an_item_cost_the_same_for_one_and_for_three(owner):
    def count(answers):
        project = make_project(owner=owner, team=make_team(owner=owner), items=1)
        item = project.items.get()
        for _n in range(answers):
            make_answer(item, make_user())
        client = signed_in(owner)
        client.get(f"/projects/{project.pk}/items/{item.pk}/")
        return len(statements_of(lambda: client.get(f"/projects/{project.pk}/items/{item.pk}/"))[1])

    assert count(1) == count(3)
    assert Answer.objects.count() == 4
