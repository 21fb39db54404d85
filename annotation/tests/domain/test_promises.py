"""What an annotator was promised when he took an item holds, whatever the client changes meanwhile."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from annotation.domain.answer import submit_answer
from annotation.domain.lease import lease_items
from annotation.domain.project import follow_client_closing, update_project
from annotation.domain.verdict import decide
from annotation.models import Answer, Assignment, Project, Verdict
from annotation.tests.factories import make_lease, make_project, make_user
from rewards.models import Escrow

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = 3600
DAY = 24 * HOUR
EVIDENCE = "The last sentence says the opposite."


@pytest.fixture
def project():
    return make_project(review_period_seconds=HOUR)


def submit(worker, lease_id):
    sent = submit_answer(worker, lease_id=lease_id, key=uuid4(), result={"sentiment": "pos"})
    return Answer.objects.get(pk=sent.answer_id)


def hours_until_silence(answer):
    return round((answer.review_due_at - timezone.now()) / timedelta(hours=1))


def change_review_period(project, seconds):
    update_project(project, actor=project.created_by, review_period_seconds=seconds)


def test_a_longer_review_period_does_not_touch_what_is_leased_already(project):
    worker, later = make_user(), make_user("later")
    (held,) = lease_items(project.pk, user=worker, n=1).leases

    change_review_period(project, 10 * HOUR)
    (fresh,) = lease_items(project.pk, user=later, n=1).leases

    assert hours_until_silence(submit(worker, held.id)) == 1
    assert hours_until_silence(submit(later, fresh.id)) == 10


def test_a_shorter_review_period_holds_at_once(project):
    worker = make_user()
    change_review_period(project, 5 * HOUR)
    (held,) = lease_items(project.pk, user=worker, n=1).leases

    change_review_period(project, 2 * HOUR)

    assert hours_until_silence(submit(worker, held.id)) == 2


def test_an_answer_done_again_keeps_the_promise_of_its_first_lease(project):
    worker, reviewer = make_user(), make_user("reviewer")
    project.team.memberships.create(user=reviewer, role="reviewer")
    (held,) = lease_items(project.pk, user=worker, n=1).leases
    answer = submit(worker, held.id)
    decide(answer, actor=reviewer, decision=Verdict.Decision.RETURNED, reason="wrong", evidence=EVIDENCE)

    change_review_period(project, 10 * HOUR)
    rework = lease_items(project.pk, user=worker, n=1).leases[0]

    assert Assignment.objects.get(pk=rework.id).is_rework
    assert hours_until_silence(submit(worker, rework.id)) == 1


def test_a_lease_from_before_promises_were_written_down_follows_its_project(project):
    worker = make_user()
    held = make_lease(project.items.first(), worker)

    assert held.review_period_seconds is None
    assert hours_until_silence(submit(worker, held.pk)) == 1


def test_a_client_who_closes_on_chain_shortens_every_promise():
    project = make_project(review_period_seconds=90 * DAY)
    worker = make_user()
    (held,) = lease_items(project.pk, user=worker, n=1).leases
    Escrow.objects.filter(pk=project.escrow_id).update(client_closing_at=timezone.now() + timedelta(days=3))

    follow_client_closing(project)

    assert submit(worker, held.id).review_due_at <= timezone.now() + timedelta(days=2)


def test_the_same_rules_once_more_are_no_change_of_an_open_project(project):
    changed = update_project(project, actor=project.created_by, overlap=project.overlap, review_period_seconds=2 * HOUR)

    assert changed.review_period_seconds == 2 * HOUR
    assert Project.objects.get(pk=project.pk).overlap == project.overlap
