"""Two connections at once: each of these fails without its lock."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import close_old_connections, connection

from rewards.domain import ledger, locks
from rewards.domain.accrual import EscrowExhausted, NewEarning, accrue
from rewards.domain.books import check_books
from rewards.domain.escrows import reserve
from rewards.exceptions import RewardsError
from rewards.models import Earning, Reservation
from rewards.tests.factories import fund, make_earner, make_escrow, make_funded_escrow, make_token

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds):
    """What each answered, or the refusal it raised."""
    start = Barrier(len(deeds))

    def run(deed):
        close_old_connections()
        try:
            start.wait()
            return deed()
        except RewardsError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [future.result() for future in [pool.submit(run, deed) for deed in deeds]]


def test_the_same_work_accrued_from_two_workers_is_paid_once():
    escrow, worker = make_funded_escrow(), make_earner()
    earnings = [NewEarning(uuid4(), "answer", worker.pk, 1_000) for _ in range(20)]

    counts = at_once(*[lambda: accrue(escrow.pk, earnings=earnings)] * 4)

    assert sorted(counts) == [0, 0, 0, 20]
    assert ledger.balance(escrow.token, ledger.earned_by(worker.pk)) == 20_000
    assert check_books() == []


def test_two_workers_never_earn_more_than_was_reserved():
    escrow, worker = make_funded_escrow(rewards_minor=10_000, fee_bps=0), make_earner()

    def earn():
        return accrue(escrow.pk, earnings=[NewEarning(uuid4(), "answer", worker.pk, 3_000)])

    answers = at_once(*[earn] * 6)

    assert sum(answer == 1 for answer in answers) == 3
    assert sum(isinstance(answer, EscrowExhausted) for answer in answers) == 3
    assert Earning.objects.count() == 3
    assert check_books() == []


def test_two_reservations_never_take_the_same_money():
    escrow = fund(make_escrow(rewards_minor=10_000, fee_bps=0))

    answers = at_once(*[lambda: reserve(escrow, reservation_id=uuid4(), amount_minor=6_000)] * 3)

    assert sum(isinstance(answer, Reservation) for answer in answers) == 1
    assert check_books() == []


def test_two_escrows_of_one_token_are_posted_at_once_without_a_deadlock():
    token = make_token()
    escrows = [make_funded_escrow(token, rewards_minor=100_000) for _ in range(2)]
    workers = [make_earner() for _ in range(10)]

    def earn(escrow, people):
        for _ in range(5):
            accrue(escrow.pk, earnings=[NewEarning(uuid4(), "answer", person.pk, 10) for person in people])
        return True

    answers = at_once(lambda: earn(escrows[0], workers), lambda: earn(escrows[1], workers[::-1]))

    assert answers == [True, True]
    assert ledger.balance(token, ledger.earned_by(workers[0].pk)) == 100
    assert check_books() == []


def test_only_one_indexer_runs_at_a_time():
    def hold():
        with locks.only_one(locks.INDEXER, 7) as got:
            inside.wait(5)
            return got

    inside = Barrier(2)
    answers = at_once(hold, hold)

    assert sorted(answers) == [False, True]
