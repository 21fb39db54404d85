from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rewards.domain import ledger
from rewards.domain.accrual import EscrowExhausted, NewEarning, accrue
from rewards.domain.books import check_books
from rewards.domain.escrows import void_reservations
from rewards.models import Earning
from rewards.money import fee_minor
from rewards.tests.factories import earn, make_earner, make_funded_escrow, make_user

pytestmark = pytest.mark.django_db


def test_accrue_pays_worker_and_fee_from_the_reservation():
    escrow, worker = make_funded_escrow(fee_bps=500), make_earner()

    assert earn(escrow, {worker: 100_000}) == 1

    assert ledger.balance(escrow.token, ledger.earned_by(worker.pk)) == 100_000
    assert ledger.balance(escrow.token, ledger.FEES) == 5_000
    assert ledger.balance(escrow.token, ledger.committed_of(escrow.pk)) == 945_000
    assert check_books() == []


def test_accrue_pays_a_piece_of_work_once_whatever_is_repeated():
    escrow, worker = make_funded_escrow(), make_earner()
    known, new = (NewEarning(uuid4(), "answer", worker.pk, 1_000) for _ in range(2))

    assert accrue(escrow.pk, earnings=[known]) == 1
    assert accrue(escrow.pk, earnings=[known, new, known]) == 1
    assert accrue(escrow.pk, earnings=[known, new]) == 0

    assert ledger.balance(escrow.token, ledger.earned_by(worker.pk)) == 2_000
    assert check_books() == []


def test_an_answer_and_its_review_are_two_earnings():
    escrow, worker, reviewer, answer = make_funded_escrow(), make_earner(), make_earner(), uuid4()

    accrue(
        escrow.pk,
        earnings=[NewEarning(answer, "answer", worker.pk, 1_000), NewEarning(answer, "review", reviewer.pk, 300)],
    )

    assert ledger.balance(escrow.token, ledger.earned_by(reviewer.pk)) == 300


def test_the_fee_does_not_depend_on_how_the_work_is_cut_into_batches():
    whole, cut = make_funded_escrow(fee_bps=333), make_funded_escrow(fee_bps=333)
    worker = make_earner()

    earn(whole, {worker: 7 * 91})
    for _ in range(91):
        earn(cut, {worker: 7})

    fee = fee_minor(7 * 91, 333)
    for escrow in (whole, cut):
        assert ledger.balance(escrow.token, ledger.committed_of(escrow.pk)) == escrow.required - 7 * 91 - fee


def test_everything_reserved_can_be_earned_to_the_last_unit():
    escrow, worker = make_funded_escrow(rewards_minor=9_999, fee_bps=777), make_earner()

    for minor in (3_333, 3_333, 3_333):
        earn(escrow, {worker: minor})

    assert ledger.balance(escrow.token, ledger.committed_of(escrow.pk)) == 0
    with pytest.raises(EscrowExhausted):
        earn(escrow, {worker: 1})
    assert check_books() == []


def test_nothing_is_earned_after_the_reservation_was_voided():
    escrow = make_funded_escrow()
    void_reservations(escrow)

    with pytest.raises(EscrowExhausted):
        earn(escrow, {make_earner(): 1})

    assert Earning.objects.count() == 0


@pytest.mark.parametrize(("minor", "reason"), [(0, "answer"), (-1, "answer"), (1.5, "answer"), (1, "gift")])
def test_accrue_refuses_nonsense(minor, reason):
    with pytest.raises(ValueError):
        accrue(make_funded_escrow().pk, earnings=[NewEarning(uuid4(), reason, 1, minor)])


def test_ten_thousand_earnings_take_a_handful_of_statements():
    escrow = make_funded_escrow(rewards_minor=10_000_000)
    workers = [make_user(email=None) for _ in range(200)]
    earnings = [NewEarning(uuid4(), "answer", workers[i % 200].pk, 1_000) for i in range(10_000)]

    with CaptureQueriesContext(connection) as queries:
        assert accrue(escrow.pk, earnings=earnings) == 10_000

    assert len(queries) <= 15
    assert ledger.balance(escrow.token, ledger.earned_by(workers[0].pk)) == 50_000
    assert check_books() == []
