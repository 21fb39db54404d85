"""Accepted work reaches the real ledger once, whatever is repeated, killed or done at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from annotation.domain import accrual
from annotation.domain.accrual import accrue_earnings
from annotation.domain.appeals import end_due
from annotation.domain.verdict import decide
from annotation.models import Answer, Appeal, Project, Verdict
from annotation.queries.open_work import has_open_work
from annotation.tests.factories import make_answer, make_project, make_team, make_user
from rewards.domain import ledger
from rewards.models import Earning, Escrow
from rewards.tests.factories import make_funded_escrow, make_token

pytestmark = pytest.mark.django_db
PRICE, REVIEW = 50_000, 9_000


def make_paid_project(*, rewards_minor: int = 10**9, items: int = 2):
    owner, reviewer = make_user("owner"), make_user("reviewer")
    team = make_team(owner=owner, reviewer=reviewer)
    token = make_token()
    escrow = make_funded_escrow(token, team=team, rewards_minor=rewards_minor)
    project = make_project(
        team=team, owner=owner, token=token, escrow=escrow, items=items, price_minor=PRICE, review_price_minor=REVIEW,
        reviews_budget=100,
    )  # fmt: skip
    return project, reviewer


def accepted_answer(item, user):
    return make_answer(item, user, state=Answer.State.ACCEPTED)


def earned_by(user, project):
    return ledger.balance(project.token, ledger.earned_by(user.pk))


def test_an_accepted_answer_and_its_review_are_earned_once():
    project, reviewer = make_paid_project()
    worker = make_user()
    answer = make_answer(project.items.first(), worker)
    made = decide(answer, actor=reviewer, decision=Verdict.Decision.ACCEPTED)

    counts = [accrue_earnings() for _time in range(3)]

    assert counts == [2, 0, 0]
    assert (earned_by(worker, project), earned_by(reviewer, project)) == (PRICE, REVIEW)
    assert dict(Earning.objects.values_list("reference_id", "reason")) == {answer.pk: "answer", made.pk: "review"}
    assert Escrow.objects.get(pk=project.escrow_id).rewarded == PRICE + REVIEW


def test_a_rejected_answer_earns_nothing_and_its_reviewer_is_paid():
    project, reviewer = make_paid_project()
    worker = make_user()
    answer = make_answer(project.items.first(), worker)
    decide(answer, actor=reviewer, decision=Verdict.Decision.REJECTED, reason="wrong", evidence="Not what it says.")

    accrue_earnings()

    assert (earned_by(worker, project), earned_by(reviewer, project)) == (0, REVIEW)


def test_pending_and_returned_answers_earn_nothing_yet():
    project, _reviewer = make_paid_project()
    for state in (Answer.State.PENDING, Answer.State.RETURNED):
        make_answer(project.items.first(), make_user(), state=state)

    assert accrue_earnings() == 0
    assert not Earning.objects.exists()


def test_a_project_stays_open_until_its_reviewers_are_paid():
    project, reviewer = make_paid_project()
    answer = make_answer(project.items.first(), make_user())
    decide(answer, actor=reviewer, decision=Verdict.Decision.REJECTED, reason="wrong", evidence="Not what it says.")

    Appeal.objects.update(due_at=timezone.now())
    end_due()

    before = has_open_work(project)
    accrue_earnings()

    assert (before, has_open_work(project)) == (True, False)


def test_killed_after_the_posting_nothing_is_earned_and_the_next_run_earns_it_once(monkeypatch):
    project, _reviewer = make_paid_project()
    worker = make_user()
    accepted_answer(project.items.first(), worker)

    def killed(*_arguments, **_words):
        accrue(*_arguments, **_words)
        raise KeyboardInterrupt

    accrue = accrual.accrue
    monkeypatch.setattr(accrual, "accrue", killed)
    with pytest.raises(KeyboardInterrupt):
        accrue_earnings()
    assert (earned_by(worker, project), Answer.objects.filter(is_accrued=True).count()) == (0, 0)
    monkeypatch.setattr(accrual, "accrue", accrue)

    assert accrue_earnings() == 1
    assert earned_by(worker, project) == PRICE


def test_flags_that_were_lost_pay_nobody_twice():
    project, _reviewer = make_paid_project()
    worker = make_user()
    accepted_answer(project.items.first(), worker)
    accrue_earnings()
    Answer.objects.update(is_accrued=False)

    accrue_earnings()

    assert earned_by(worker, project) == PRICE
    assert Answer.objects.get().is_accrued


def test_many_answers_are_posted_in_batches(monkeypatch):
    monkeypatch.setattr(accrual, "BATCH", 3)
    project, _reviewer = make_paid_project(items=5)
    worker = make_user()
    for item in project.items.all():
        accepted_answer(item, worker)

    assert accrue_earnings() == 5
    assert earned_by(worker, project) == 5 * PRICE


def test_an_escrow_that_is_short_keeps_nobody_else_waiting(caplog):
    short, _reviewer = make_paid_project(rewards_minor=1)
    sound, _reviewer = make_paid_project()
    worker = make_user()
    accepted_answer(short.items.first(), worker)
    accepted_answer(sound.items.first(), worker)

    posted = accrue_earnings()

    assert (posted, earned_by(worker, sound), earned_by(worker, short)) == (1, PRICE, 0)
    assert str(short.pk) in caplog.text


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_post_everything_once():
    project, reviewer = make_paid_project(items=20)
    workers = [make_user() for _n in range(3)]
    for item in project.items.all():
        for worker in workers:
            decide(make_answer(item, worker), actor=reviewer, decision=Verdict.Decision.ACCEPTED)
    gate = threading.Barrier(2)

    def run(_number):
        try:
            connection.ensure_connection()
            gate.wait(timeout=30)
            return accrue_earnings()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))

    assert [earned_by(worker, project) for worker in workers] == [20 * PRICE] * 3
    assert earned_by(reviewer, project) == 60 * REVIEW
    assert Earning.objects.aggregate(sum=Sum("amount"))["sum"] == 60 * (PRICE + REVIEW)
    assert not Answer.objects.filter(is_accrued=False).exists()
    assert Project.objects.get().reviews_paid == 60
