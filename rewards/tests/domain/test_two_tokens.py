"""An undertaking that pays in two tokens: two escrows of one reference, and both or neither of everything."""

from uuid import uuid4

import pytest

from rewards.domain import ledger
from rewards.domain.accrual import EscrowExhausted, NewEarning, accrue, accrue_together
from rewards.domain.books import check_books
from rewards.domain.escrows import quote_escrow, reserve, reserve_together
from rewards.domain.reconciliation import reconcile
from rewards.exceptions import RewardsError
from rewards.models import Earning, Escrow, Payout, Reservation
from rewards.queries import earnings_for, second_earnings_for
from rewards.tests.factories import fund, make_address, make_earner, make_escrow, make_team, make_token

pytestmark = pytest.mark.django_db(transaction=True)


def pair(own_minor: int = 10_000, stable_minor: int = 500) -> tuple[Escrow, Escrow]:
    reference, team, funder = uuid4(), make_team(), make_address()
    own, stable = make_token(symbol="OWN", decimals=18), make_token(symbol="USD")
    made = [
        quote_escrow(
            reference_kind="project", reference_id=reference, team=team, token=token, rewards_minor=minor,
            fee_bps=500, funder_address=funder, part=part,
        )
        for part, (token, minor) in enumerate([(own, own_minor), (stable, stable_minor)])
    ]  # fmt: skip
    return made[0], made[1]


def funded_pair(**minors: int) -> tuple[Escrow, Escrow]:
    first, second = (fund(escrow) for escrow in pair(**minors))
    reserve_together([(escrow, uuid4(), escrow.required) for escrow in (first, second)])
    return first, second


def test_one_reference_has_an_escrow_for_each_part_and_no_more():
    first, second = pair()

    assert first.pk != second.pk
    assert first.reference_id == second.reference_id
    again = quote_escrow(
        reference_kind="project", reference_id=first.reference_id, team=first.team, token=second.token,
        rewards_minor=700, fee_bps=500, funder_address=first.funder_address, part=1,
    )  # fmt: skip
    assert again.pk == second.pk
    assert Escrow.objects.count() == 2


def test_both_are_reserved_or_neither():
    first, second = pair()
    fund(first)

    with pytest.raises(RewardsError, match="not funded"):
        reserve_together([(first, uuid4(), first.required), (second, uuid4(), second.required)])

    assert Reservation.objects.count() == 0
    assert ledger.balance(first.token, ledger.free_of(first.pk)) == first.required


def test_work_earns_in_both_tokens_once():
    first, second = funded_pair()
    person, work = make_earner(), uuid4()
    parts = {
        first.pk: [NewEarning(work, "answer", person.pk, 1_000)],
        second.pk: [NewEarning(work, "answer", person.pk, 50)],
    }

    assert accrue_together(parts) == 2
    assert accrue_together(parts) == 0

    assert ledger.balance(first.token, ledger.earned_by(person.pk)) == 1_000
    assert ledger.balance(second.token, ledger.earned_by(person.pk)) == 50
    assert earnings_for([work], "answer")[work].amount == 1_000
    assert second_earnings_for([work], "answer")[work].amount == 50
    assert check_books() == []


def test_when_one_escrow_is_exhausted_neither_pays():
    first, second = funded_pair(stable_minor=10)
    person, work = make_earner(), uuid4()

    with pytest.raises(EscrowExhausted):
        accrue_together(
            {
                first.pk: [NewEarning(work, "answer", person.pk, 1_000)],
                second.pk: [NewEarning(work, "answer", person.pk, 50)],
            }
        )

    assert Earning.objects.count() == 0
    assert ledger.balance(first.token, ledger.earned_by(person.pk)) == 0
    assert check_books() == []


def test_another_escrow_of_the_same_part_does_not_pay_the_work_again():
    first, _ = funded_pair()
    person, work = make_earner(), uuid4()
    accrue(first.pk, earnings=[NewEarning(work, "answer", person.pk, 100)])
    other = fund(make_escrow(first.token))
    reserve(other, reservation_id=uuid4(), amount_minor=other.required)

    assert accrue(other.pk, earnings=[NewEarning(work, "answer", person.pk, 100)]) == 0


def test_both_tokens_reach_the_wallet_in_one_epoch(scene):
    other = scene.faulty_token()
    reference, team = uuid4(), make_team()
    escrows = []
    for part, token in enumerate((scene.token, other)):
        escrow = quote_escrow(
            reference_kind="project", reference_id=reference, team=team, token=token, rewards_minor=10_000,
            fee_bps=500, funder_address=scene.funder, part=part,
        )  # fmt: skip
        scene.pay_in(escrow)
        escrows.append(escrow)
    scene.mine()
    scene.index()
    escrows = list(Escrow.objects.order_by("part"))
    reserve_together([(escrow, uuid4(), escrow.required) for escrow in escrows])
    person, work = make_earner(), uuid4()
    minors = dict(zip(escrows, (900, 33), strict=True))
    accrue_together({one.pk: [NewEarning(work, "answer", person.pk, minor)] for one, minor in minors.items()})

    batch = scene.settle_to_the_end()

    address = person.wallets.get().address
    assert (scene.on_chain(address), scene.on_chain(address, other)) == (900, 33)
    assert Payout.objects.filter(batch=batch, state="paid").count() == 2
    scene.mine()
    scene.index()
    assert reconcile(scene.chain, scene.client).is_sound
    scene.check()
