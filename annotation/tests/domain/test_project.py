from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from annotation import tasks
from annotation.domain.answer import NotNeeded, submit_answer
from annotation.domain.gold import set_gold
from annotation.domain.project import (
    close_project,
    create_project,
    current_quote,
    finish_closing,
    follow_client_closing,
    follow_funding,
    missing_for_funding,
    open_project,
    pause_project,
    request_funding,
    resume_project,
    set_schema,
    update_project,
)
from annotation.domain.verdict import decide
from annotation.exceptions import AnnotationError
from annotation.models import Answer, Project, Verdict
from annotation.tests.factories import (
    SENTIMENT,
    make_answer,
    make_draft,
    make_lease,
    make_project,
    make_team,
    make_token,
    make_upload,
    make_user,
)
from lib.exceptions import InvalidInput, Refusal
from rewards.models import Escrow, LedgerAccount

pytestmark = pytest.mark.django_db(transaction=True)
FUNDER = "0x" + "ab" * 20


@pytest.fixture
def project():
    return make_draft()


def paid(project, minor=None):
    """What the indexer does when the money is deep enough."""
    escrow = Escrow.objects.get(pk=Project.objects.get(pk=project.pk).escrow_id)
    escrow.deposited = escrow.required if minor is None else minor
    escrow.state = Escrow.State.FUNDED
    escrow.save()
    LedgerAccount.objects.create(token=escrow.token, kind="escrow", escrow=escrow, balance=escrow.deposited)
    return escrow


def refreshed(project):
    project.refresh_from_db()
    return project


def test_create_project_fixes_the_fee_of_today_and_leaves_a_trace(settings):
    settings.PLATFORM_FEE_BPS = 300
    owner = make_user("owner")

    project = create_project(make_team(owner=owner), actor=owner, title="Films")

    assert (project.state, project.fee_bps) == ("draft", 300)
    assert AuditEntry.objects.get(object_id=str(project.pk)).action == "project.created"


def test_update_project_writes_down_what_changed(project):
    update_project(project, actor=project.created_by, overlap=5, title=project.title)

    entry = AuditEntry.objects.get(action="project.changed")
    assert entry.changes == {"overlap": ["3", "5"]}


def test_rules_of_a_funded_project_are_fixed_and_its_words_are_not():
    project = make_project()

    with pytest.raises(AnnotationError, match="fixed"):
        update_project(project, actor=project.created_by, overlap=5)
    assert update_project(project, actor=project.created_by, title="New").title == "New"


def test_a_setting_that_does_not_exist_is_a_mistake_of_the_caller(project):
    with pytest.raises(ValueError, match="state"):
        update_project(project, actor=project.created_by, state="open")


def test_set_schema_keeps_its_number_until_somebody_works_with_it(project):
    project.schema_version.frozen_at = None
    project.schema_version.save()

    first = set_schema(project, actor=project.created_by, schema=SENTIMENT)
    first.frozen_at = project.created_at
    first.save()
    second = set_schema(project, actor=project.created_by, schema=SENTIMENT)

    assert (first.number, second.number) == (1, 2)
    assert refreshed(project).schema_version == second


def test_the_interface_of_an_open_project_stays():
    project = make_project()

    with pytest.raises(AnnotationError, match="people are working"):
        set_schema(project, actor=project.created_by, schema=SENTIMENT)


def test_what_is_missing_is_told_with_its_place(project):
    Project.objects.update(instructions=" ", token=None, price_minor=0, schema_version=None, items_total=0)

    paths = [error.path for error in missing_for_funding(refreshed(project))]

    assert paths == ["items", "schema", "instructions", "token", "price_minor"]


def test_an_interface_must_fit_the_items(project):
    shown = SENTIMENT | {"data": {"text": {"type": "text"}, "photo": {"type": "image"}}}
    set_schema(project, actor=project.created_by, schema=shown)

    messages = [error.message for error in missing_for_funding(refreshed(project))]

    assert messages == [
        "The interface shows “photo”, which the items do not have.",
        "The interface shows an image, but the items have none.",
    ]


def test_gold_must_be_there_fit_and_leave_something_to_ask(project):
    owner, items = project.created_by, list(project.items.all())
    update_project(project, actor=owner, gold_percent=10)
    assert [error.path for error in missing_for_funding(refreshed(project))] == ["gold"]

    set_gold(project, actor=owner, rows=[{"item": items[0].pk, "value": {"sentiment": "pos"}}])
    assert missing_for_funding(refreshed(project)) == []

    other = [{"value": "good", "title": {"en": "Good"}}, {"value": "bad", "title": {"en": "Bad"}}]
    set_schema(project, actor=owner, schema=SENTIMENT | {"fields": [SENTIMENT["fields"][0] | {"options": other}]})
    (error,) = missing_for_funding(refreshed(project))
    assert error.message == "1 gold answers do not fit the interface any more: mark them again."

    set_schema(project, actor=owner, schema=SENTIMENT)
    set_gold(project, actor=owner, rows=[{"item": each.pk, "value": {"sentiment": "pos"}} for each in items])
    assert "Every item is gold" in missing_for_funding(refreshed(project))[0].message


def test_request_funding_refuses_an_unfinished_draft(project):
    Project.objects.update(instructions="")

    with pytest.raises(InvalidInput) as refused:
        request_funding(refreshed(project), actor=project.created_by, funder_address=FUNDER)

    assert [error.path for error in refused.value.errors] == ["instructions"]


def test_request_funding_asks_for_the_quote_to_the_unit_and_may_be_repeated(project):
    first = request_funding(project, actor=project.created_by, funder_address=FUNDER)
    update_project(project, actor=project.created_by, price_minor=70_001)
    second = request_funding(refreshed(project), actor=project.created_by, funder_address=FUNDER)

    assert first.pk == second.pk
    assert second.required == current_quote(refreshed(project)).total_minor == 9 * 70_001 + 9 * 70_001 * 500 // 10_000


def test_a_project_opens_only_with_its_whole_price_reserved(project):
    owner = project.created_by
    request_funding(project, actor=owner, funder_address=FUNDER)
    with pytest.raises(AnnotationError, match="Only a funded"):
        open_project(refreshed(project), actor=owner)

    escrow = paid(project)
    follow_funding(refreshed(project))
    opened = open_project(refreshed(project), actor=owner)

    held = dict(LedgerAccount.objects.filter(escrow=escrow).values_list("kind", "balance"))
    assert opened.state == "open"
    assert held == {"escrow": 0, "committed": escrow.required}
    assert refreshed(project).schema_version.frozen_at is not None


def test_a_draft_that_grew_since_its_quote_waits_for_the_difference(project):
    owner = project.created_by
    request_funding(project, actor=owner, funder_address=FUNDER)
    paid(project)
    update_project(project, actor=owner, price_minor=60_000)

    assert follow_funding(refreshed(project)).state == "draft"

    escrow = request_funding(refreshed(project), actor=owner, funder_address=FUNDER)
    assert escrow.required == current_quote(refreshed(project)).total_minor
    assert escrow.state == Escrow.State.QUOTED
    Escrow.objects.filter(pk=escrow.pk).update(deposited=escrow.required, state=Escrow.State.FUNDED)
    assert follow_funding(refreshed(project)).state == "funded"


def test_a_draft_that_shrank_since_its_quote_is_funded(project):
    request_funding(project, actor=project.created_by, funder_address=FUNDER)
    paid(project)
    update_project(project, actor=project.created_by, price_minor=10_000)

    assert follow_funding(refreshed(project)).state == "funded"


def test_money_in_another_token_than_the_price_does_not_count(project):
    request_funding(project, actor=project.created_by, funder_address=FUNDER)
    paid(project)
    update_project(project, actor=project.created_by, token=make_token(symbol="DEAR"))

    assert follow_funding(refreshed(project)).state == "draft"


def test_nobody_is_asked_for_more_money_in_a_token_that_does_not_count(project):
    owner = project.created_by
    request_funding(project, actor=owner, funder_address=FUNDER)
    escrow = paid(project)
    update_project(project, actor=owner, token=make_token(symbol="DEAR"), price_minor=60_000)

    with pytest.raises(AnnotationError, match="another token") as refusal:
        request_funding(refreshed(project), actor=owner, funder_address=FUNDER)

    assert refusal.value.code == "token_fixed"
    assert Escrow.objects.get(pk=escrow.pk).required == escrow.required


def test_a_price_above_what_a_chain_can_hold_is_refused_in_words(project):
    update_project(project, actor=project.created_by, price_minor=10**76)

    with pytest.raises(Refusal, match="more than any token has"):
        request_funding(refreshed(project), actor=project.created_by, funder_address=FUNDER)


def test_a_draft_whose_file_is_being_imported_is_not_priced_yet(project):
    request_funding(project, actor=project.created_by, funder_address=FUNDER)
    paid(project)
    upload = make_upload(project, state="importing")

    assert follow_funding(refreshed(project)).state == "draft"
    with pytest.raises(InvalidInput):
        request_funding(refreshed(project), actor=project.created_by, funder_address=FUNDER)

    upload.state = "imported"
    upload.save()
    assert follow_funding(refreshed(project)).state == "funded"


def test_opening_gives_gold_its_places(project):
    owner = project.created_by
    update_project(project, actor=owner, gold_percent=10, overlap=2)
    gold = project.items.first()
    set_gold(project, actor=owner, rows=[{"item": gold.pk, "value": {"sentiment": "pos"}}])
    request_funding(refreshed(project), actor=owner, funder_address=FUNDER)
    paid(project)
    follow_funding(refreshed(project))

    open_project(refreshed(project), actor=owner)

    # 2 items × 2 answers are 90 %: one answer is gold.
    assert list(project.items.order_by("position").values_list("places", flat=True)) == [1, 2, 2]


def test_a_funded_project_whose_interface_left_its_gold_behind_is_not_opened_before_the_gold_is_mended(project):
    owner, gold = project.created_by, project.items.first()
    update_project(project, actor=owner, gold_percent=10)
    set_gold(project, actor=owner, rows=[{"item": gold.pk, "value": {"sentiment": "pos"}}])
    request_funding(refreshed(project), actor=owner, funder_address=FUNDER)
    paid(project)
    follow_funding(refreshed(project))
    happy = SENTIMENT["fields"][0] | {"options": [{"value": "happy", "title": {"en": "Happy"}}, {"value": "sad"}]}
    set_schema(refreshed(project), actor=owner, schema=SENTIMENT | {"fields": [happy]})

    with pytest.raises(InvalidInput) as refused:
        open_project(refreshed(project), actor=owner)
    with pytest.raises(AnnotationError) as other_item:
        set_gold(project, actor=owner, rows=[{"item": gold.pk + 1, "value": {"sentiment": "sad"}}])
    set_gold(project, actor=owner, rows=[{"item": gold.pk, "value": {"sentiment": "sad"}}])
    open_project(refreshed(project), actor=owner)

    assert [error.message for error in refused.value.errors] == [
        "1 gold answers do not fit the interface any more: mark them again."
    ]
    assert other_item.value.code == "gold_fixed"
    assert refreshed(project).state == Project.State.OPEN


def test_pause_and_resume_may_be_repeated_and_know_their_states():
    project = make_project()
    owner = project.created_by

    assert pause_project(project, actor=owner).state == "paused"
    assert pause_project(project, actor=owner).state == "paused"
    assert resume_project(project, actor=owner).state == "open"
    with pytest.raises(AnnotationError, match="while the project is Draft"):
        resume_project(make_draft(), actor=owner)


def test_a_draft_without_money_closes_at_once(project):
    close_project(project, actor=project.created_by)

    assert finish_closing(refreshed(project)).state == "closed"


@pytest.mark.parametrize("work", ["lease", "pending", "accepted", "returned"])
def test_closing_waits_for_work_on_its_way(work):
    project = make_draft()
    item, worker = project.items.first(), make_user()
    if work == "lease":
        lease = make_lease(item, worker)
    else:
        make_answer(item, worker, state=work)
    close_project(project, actor=project.created_by)

    assert finish_closing(refreshed(project)).state == "closing"

    Answer.objects.update(state="accepted", is_accrued=True)
    if work == "lease":
        lease.state = "expired"
        lease.save()
    assert finish_closing(refreshed(project)).state == "closed"


def test_closing_twice_is_closing_once(project):
    close_project(project, actor=project.created_by)
    close_project(refreshed(project), actor=project.created_by)

    assert AuditEntry.objects.filter(action="project.closing").count() == 1


def test_closing_waits_for_returned_work_until_it_has_lapsed(project):
    answer = make_answer(project.items.first(), make_user(), state="returned")
    Answer.objects.update(review_due_at=timezone.now() - timedelta(minutes=1))
    close_project(project, actor=project.created_by)

    assert finish_closing(refreshed(project)).state == "closing"

    Answer.objects.filter(pk=answer.pk).update(state="rejected")
    assert finish_closing(refreshed(project)).state == "closed"


def test_the_clocks_of_a_closing_project_are_fixed():
    project = make_project()
    make_lease(project.items.first(), make_user())
    close_project(project, actor=project.created_by)

    with pytest.raises(AnnotationError, match="clocks"):
        update_project(project, actor=project.created_by, review_period_seconds=90 * 86_400)
    assert update_project(project, actor=project.created_by, title="New").title == "New"


@pytest.fixture
def leaving_client(settings):
    """A project with work on its way, whose client has just closed the escrow on chain."""
    settings.CHAIN_CLOSE_NOTICE_SECONDS = 3 * 86_400
    project = make_project(lease_seconds=86_400, review_period_seconds=90 * 86_400)
    item = project.items.first()
    project.pending = make_answer(item, make_user(), review_due_at=timezone.now() + timedelta(days=90))
    project.worker = make_user()
    project.lease = make_lease(item, project.worker)
    Escrow.objects.update(client_closing_at=timezone.now() + timedelta(days=3))
    return project


def test_a_client_who_closes_on_chain_closes_the_project_and_pays_before_the_notice_ends(leaving_client):
    tasks.follow_funding()
    tasks.follow_funding()

    project = Project.objects.get()
    left = project.escrow.client_closing_at - timezone.now()
    entry = AuditEntry.objects.get(action="project.closing")
    assert (project.state, entry.actor, entry.reason) == ("closing", None, "The client closed the escrow on chain.")
    assert (project.lease_seconds, project.review_period_seconds) == (86_400 // 4, 86_400)
    assert Answer.objects.get().review_due_at == project.escrow.client_closing_at - timedelta(days=1)
    assert left > timedelta(days=2)


def test_work_that_was_under_way_when_the_client_left_is_taken_and_judged_in_time(leaving_client):
    follow_client_closing(leaving_client)

    submit_answer(
        leaving_client.worker, lease_id=leaving_client.lease.pk, key=uuid4(), result={"sentiment": "pos"}
    )  # fmt: skip

    last = Escrow.objects.get().client_closing_at - timedelta(days=1)
    assert all(answer.review_due_at <= last for answer in Answer.objects.all())


def test_nothing_is_returned_to_its_author_once_the_client_left(leaving_client):
    follow_client_closing(leaving_client)

    with pytest.raises(AnnotationError, match="Accept or reject"):
        decide(
            leaving_client.pending, actor=leaving_client.created_by, decision=Verdict.Decision.RETURNED,
            reason="wrong", evidence="The text says the opposite.",
        )  # fmt: skip


def test_a_lease_that_ran_out_brings_nothing_into_a_closing_project_even_if_it_was_open_a_moment_ago(monkeypatch):
    project = make_project()
    worker = make_user()
    lease = make_lease(project.items.first(), worker, state="expired")
    monkeypatch.setattr(
        "annotation.domain.answer._refuse_if_not_needed",
        lambda _situation: Project.objects.update(state=Project.State.CLOSING),
    )

    with pytest.raises(NotNeeded):
        submit_answer(worker, lease_id=lease.pk, key=uuid4(), result={"sentiment": "pos"})

    assert not Answer.objects.exists()
