"""The money of a rejection is nobody else's until it is final: to the unit, also when the client leaves."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.domain.accrual import accrue_earnings
from annotation.domain.appeals import answer_appeal, end_due, object_to
from annotation.domain.project import close_project, finish_closing, follow_client_closing
from annotation.domain.verdict import decide
from annotation.models import Appeal, Project, Verdict
from annotation.tests.domain.test_accrual import PRICE, REVIEW, earned_by, make_paid_project
from annotation.tests.factories import make_answer, make_user
from rewards.domain.books import check_books
from rewards.models import Escrow

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = {"reason": "wrong", "evidence": "Not what it says."}
WHY = "The second sentence says so: please look again."


@pytest.fixture
def scene():
    """A whole price that is reserved to the last unit: three places, three answers, one of them rejected."""
    project, reviewer = make_paid_project(items=1)
    # The factory's own, which no money ever reached.
    Escrow.objects.exclude(pk=project.escrow_id).delete()
    project.reviewer, project.workers = reviewer, [make_user() for _n in range(3)]
    item = project.items.get()
    project.rejected, *rest = [make_answer(item, worker) for worker in project.workers]
    for answer in rest:
        decide(answer, actor=project.created_by, decision=Verdict.Decision.ACCEPTED)
    decide(project.rejected, actor=reviewer, decision=Verdict.Decision.REJECTED, **WORDS)
    accrue_earnings()
    return project


def reopened(project):
    return Project.objects.get(pk=project.pk)


def clock_runs_out():
    Appeal.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    end_due()


def test_an_appeal_without_an_answer_pays_the_price_of_the_lease_once(scene):
    object_to(scene.rejected, actor=scene.workers[0], text=WHY)
    before = earned_by(scene.workers[0], scene)
    clock_runs_out()
    clock_runs_out()
    accrue_earnings()
    accrue_earnings()

    assert (before, earned_by(scene.workers[0], scene)) == (0, PRICE)
    assert [earned_by(worker, scene) for worker in scene.workers[1:]] == [PRICE, PRICE]
    assert earned_by(scene.reviewer, scene) == REVIEW
    assert check_books() == []


@pytest.mark.parametrize("is_appealed", [True, False])
def test_a_project_that_closes_gives_nothing_back_before_the_rejection_is_final(scene, is_appealed):
    close_project(scene, actor=scene.created_by)
    if is_appealed:
        object_to(scene.rejected, actor=scene.workers[0], text=WHY)

    waiting = finish_closing(reopened(scene))
    state_meanwhile = Escrow.objects.get(pk=scene.escrow_id).state
    clock_runs_out()
    accrue_earnings()
    finish_closing(reopened(scene))

    assert (waiting.state, state_meanwhile) == ("closing", "funded")
    assert Escrow.objects.get(pk=scene.escrow_id).state == "closing"
    assert earned_by(scene.workers[0], scene) == (PRICE if is_appealed else 0)
    assert check_books() == []


def test_a_client_who_takes_the_money_on_chain_cannot_run_away_from_an_appeal(scene, settings):
    settings.CHAIN_CLOSE_NOTICE_SECONDS = 3 * 86_400
    ends_at = timezone.now() + timedelta(days=3)
    Escrow.objects.update(client_closing_at=ends_at)
    object_to(scene.rejected, actor=scene.workers[0], text=WHY)

    follow_client_closing(reopened(scene))
    follow_client_closing(reopened(scene))

    assert Appeal.objects.get().due_at == ends_at - timedelta(days=1) + 0.375 * timedelta(days=1)
    answer_appeal(scene.rejected, actor=scene.created_by, upholds=True, reason="wrong", text="It is ironic, is it not?")
    follow_client_closing(reopened(scene))
    assert Appeal.objects.get().due_at <= ends_at - timedelta(days=1) + 0.4375 * timedelta(days=1)
    assert finish_closing(reopened(scene)).state == "closing"
