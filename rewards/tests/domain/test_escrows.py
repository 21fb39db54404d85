from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from rewards.domain import ledger
from rewards.domain.books import check_books
from rewards.domain.escrows import (
    announce_deposit,
    begin_refund,
    extend_escrow,
    funding_calls,
    quote_escrow,
    reserve,
    void_reservations,
)
from rewards.exceptions import RewardsError
from rewards.models import ChainEvent, Deposit, Escrow
from rewards.tests.factories import (
    earn,
    fund,
    make_address,
    make_earner,
    make_escrow,
    make_funded_escrow,
    make_team,
    make_token,
    make_user,
    project_key,
)

pytestmark = pytest.mark.django_db


def held(escrow):
    found = ledger.balances(escrow.token, [ledger.free_of(escrow.pk), ledger.committed_of(escrow.pk)])
    return found[ledger.free_of(escrow.pk)], found[ledger.committed_of(escrow.pk)]


def requote(escrow, **changes):
    terms = {
        "reference_kind": escrow.reference_kind,
        "reference_id": escrow.reference_id,
        "team": escrow.team,
        "token": escrow.token,
        "rewards_minor": 1_000_000,
        "fee_bps": escrow.fee_bps,
        "funder_address": escrow.funder_address,
    }
    return quote_escrow(**(terms | changes))


def test_quote_asks_for_rewards_and_the_fee_on_them():
    escrow = make_escrow(rewards_minor=1_000_001, fee_bps=500)

    assert escrow.required == 1_000_001 + 50_000
    assert escrow.chain_key == "0x" + project_key(escrow).hex()
    assert escrow.state == Escrow.State.QUOTED


def test_a_repeated_quote_replaces_the_first_and_keeps_its_key():
    escrow = make_escrow()

    again = requote(escrow, rewards_minor=2_000_000)

    assert (again.pk, again.chain_key, again.required) == (escrow.pk, escrow.chain_key, 2_100_000)


@pytest.mark.parametrize("change", ["token", "fee_bps", "funder_address"])
def test_a_quote_with_other_terms_gets_another_key(change):
    escrow = make_escrow()
    value = {"token": make_token(symbol="OTHER"), "fee_bps": 100, "funder_address": make_address()}[change]

    again = requote(escrow, **{change: value})

    assert again.pk == escrow.pk
    assert again.chain_key != escrow.chain_key


@pytest.mark.parametrize("sign", ["seen", "announced"])
def test_money_on_its_way_is_not_orphaned_by_other_terms(sign):
    escrow = make_escrow()
    if sign == "seen":
        ChainEvent.objects.create(
            chain=escrow.token.chain, name="Opened", arguments={"project": escrow.chain_key}, block_number=5,
            block_hash="0x05", transaction_hash="0x55", log_index=0,
        )  # fmt: skip
    else:
        announce_deposit(escrow, transaction_hash="0x" + "55" * 32, by=make_user())

    with pytest.raises(RewardsError) as refusal:
        requote(escrow, funder_address=make_address())

    assert refusal.value.code == "money_on_its_way"
    assert requote(escrow, rewards_minor=2_000_000).chain_key == escrow.chain_key
    if sign == "announced":
        Deposit.objects.update(created_at=timezone.now() - timedelta(minutes=16))
        assert requote(escrow, funder_address=make_address()).chain_key != escrow.chain_key


def test_a_price_that_no_chain_can_hold_is_refused():
    with pytest.raises(RewardsError, match="more than any token"):
        make_escrow(rewards_minor=2**192)


def test_a_funded_escrow_is_not_quoted_again():
    escrow = fund(make_escrow())

    with pytest.raises(RewardsError, match="fixed"):
        requote(escrow, rewards_minor=1)


def test_funding_calls_approve_and_open():
    escrow = make_escrow()

    approve, opening = funding_calls(escrow)

    assert (approve["to"], opening["to"]) == (escrow.token.address, escrow.token.chain.escrow_address)
    assert f"{escrow.required:064x}" in approve["data"]
    assert escrow.salt[2:] in opening["data"]


def test_funding_calls_top_up_what_is_missing_once_it_is_open():
    escrow = make_escrow()
    escrow.opened_transaction = "0x" + "11" * 32
    fund(escrow, 400_000)

    _approve, top_up = funding_calls(escrow)

    assert escrow.chain_key[2:] in top_up["data"]
    assert f"{650_000:064x}" in top_up["data"]


def test_reserve_moves_free_money_once_whatever_is_repeated():
    escrow, reservation_id = fund(make_escrow()), uuid4()

    reserve(escrow, reservation_id=reservation_id, amount_minor=1_000)
    reserve(escrow, reservation_id=reservation_id, amount_minor=1_000)

    assert held(escrow) == (1_049_000, 1_000)
    with pytest.raises(ledger.LedgerConflict):
        reserve(escrow, reservation_id=reservation_id, amount_minor=1_001)


def test_reserve_refuses_more_than_is_free():
    escrow = fund(make_escrow())

    with pytest.raises(RewardsError, match="does not hold"):
        reserve(escrow, reservation_id=uuid4(), amount_minor=1_050_001)


def test_reserve_refuses_an_escrow_without_money():
    with pytest.raises(RewardsError, match="not funded"):
        reserve(make_escrow(), reservation_id=uuid4(), amount_minor=1)


def test_void_gives_back_what_was_not_earned():
    escrow, worker = make_funded_escrow(), make_earner()
    earn(escrow, {worker: 100_000})

    given_back = void_reservations(escrow)

    assert given_back == 1_050_000 - 105_000
    assert held(escrow) == (given_back, 0)
    assert void_reservations(escrow) == 0
    assert check_books() == []


def test_refund_is_refused_while_work_is_reserved():
    escrow = make_funded_escrow()

    with pytest.raises(RewardsError, match="reserved"):
        begin_refund(escrow, actor=None)


def test_refund_of_an_escrow_that_never_saw_money_closes_it_at_once():
    escrow = begin_refund(make_escrow(), actor=None)

    assert escrow.state == Escrow.State.CLOSED


def test_a_closed_escrow_makes_room_for_another():
    escrow = begin_refund(make_escrow(), actor=None)

    again = requote(escrow)

    assert again.pk != escrow.pk


def test_extend_asks_for_a_top_up_and_stops_at_the_cap():
    escrow = fund(make_escrow(fee_bps=0))
    escrow.opened_transaction = "0x" + "11" * 32
    escrow.save()

    longer = extend_escrow(escrow, rewards_minor=4_000_000)

    assert (longer.state, longer.required) == (Escrow.State.QUOTED, 4_000_000)
    with pytest.raises(RewardsError, match="4 times"):
        extend_escrow(escrow, rewards_minor=4_000_001)


def test_announcing_a_deposit_twice_is_one_deposit_and_credits_nothing():
    escrow, admin = make_escrow(team=make_team()), make_user()
    transaction_hash = "0x" + "ab" * 32

    first = announce_deposit(escrow, transaction_hash=transaction_hash.upper().replace("X", "x"), by=admin, note="R 17")
    again = announce_deposit(escrow, transaction_hash=transaction_hash, by=admin)

    assert first == again
    assert first.transfer is None
    escrow.refresh_from_db()
    assert escrow.deposited == 0


def test_announcing_nonsense_is_refused():
    with pytest.raises(RewardsError) as refused:
        announce_deposit(make_escrow(), transaction_hash="0x12", by=make_user())

    assert refused.value.field == "transaction_hash"
