"""Whatever breaks, everyone is paid once. Faults are put at our own boundaries: the node's client and the database."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainUnavailable
from rewards.domain import (
    batch_states,
    confirmations,
    deliveries,
    intents,
    leaf_file,
    ledger,
    outbox,
    packed_rows,
    payees,
    settlement,
)
from rewards.domain.holds import resume_batch
from rewards.models import ChainAttempt, ChainIntent, SettlementBatch
from rewards.tests.factories import make_user


class Killed(BaseException):
    """The process is gone. Not an Exception, so that nothing catches it."""


def kill_after(monkeypatch, owner, name, *, times=1):
    """The first `times` calls do their work and then the process dies."""
    original, left = getattr(owner, name), [times]

    def dying(*args, **kwargs):
        answer = original(*args, **kwargs)
        if left[0]:
            left[0] -= 1
            raise Killed(name)
        return answer

    monkeypatch.setattr(owner, name, dying)
    return left


def kill_before(monkeypatch, owner, name):
    original, left = getattr(owner, name), [1]

    def dying(*args, **kwargs):
        if left[0]:
            left[0] -= 1
            raise Killed(name)
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, dying)
    return left


def live(scene, deed):
    """One life of a worker."""
    try:
        return deed()
    except (Killed, ChainUnavailable):
        connection.close()
        return None


def live_to_the_end(scene, rounds=60):
    for _ in range(rounds):
        live(scene, scene.settle)
        live(scene, scene.advance)
        scene.mine()
        live(scene, scene.index)
        batch = SettlementBatch.objects.first()
        if batch and batch.state == SettlementBatch.State.FINAL:
            return
    raise AssertionError(scene.stuck())


def paid(scene, people):
    return [scene.on_chain(person.wallets.get().address) for person in people]


WRITES = [
    (settlement.failed_pushes, "credit_expired"),
    (payees, "pick"),
    (packed_rows, "payments_of"),
    (leaf_file, "write"),
    (settlement, "_place_payouts"),
    (settlement, "_move_to_unclaimed"),
    (intents, "write_batch_intents"),
    (outbox.Outbox, "_sign_new"),
    (outbox.Outbox, "_sign"),
    (outbox.Outbox, "_move"),
    (outbox.Outbox, "_broadcast"),
    (outbox.Outbox, "_note_receipt"),
    (outbox.Outbox, "_mined"),
    (ChainClient, "send_raw"),
    (ChainClient, "receipt"),
    (confirmations, "confirm"),
    (confirmations, "_record_release"),
    (confirmations, "_record_run"),
    (batch_states, "follow_batch"),
    (deliveries, "deliver"),
    (ledger, "move_all"),
    (ledger, "_for_all"),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("owner", "name"), WRITES, ids=lambda value: getattr(value, "__name__", value))
def test_a_worker_killed_anywhere_is_resumed_and_pays_once(scene, monkeypatch, owner, name, when):
    people = scene.earners(3)
    left = kill_before(monkeypatch, owner, name) if when == "before" else kill_after(monkeypatch, owner, name)

    live_to_the_end(scene)

    assert left[0] == 0, "the point was never reached"
    assert paid(scene, people) == [1_000, 1_001, 1_002]
    scene.check()


def test_answers_lost_after_delivery_send_nothing_twice(scene, monkeypatch):
    people = scene.earners(3)
    original, lost = ChainClient.send_raw, []

    def lose_the_answer(client, raw):
        original(client, raw)
        lost.append(raw)
        raise ChainUnavailable("lost")

    monkeypatch.setattr(ChainClient, "send_raw", lose_the_answer)
    live_to_the_end(scene)

    assert len(lost) == 3
    assert paid(scene, people) == [1_000, 1_001, 1_002]
    assert ChainAttempt.objects.count() == 3
    scene.check()


def test_a_node_that_is_away_is_waited_for(scene, monkeypatch):
    people = scene.earners(2)
    scene.settle()
    left, original = [40], ChainClient._answer

    def away(client, method, parameters):
        left[0] -= 1
        if left[0] > 0 and left[0] % 3:
            raise ChainUnavailable("away")
        return original(client, method, parameters)

    monkeypatch.setattr(ChainClient, "_answer", away)
    live_to_the_end(scene)

    assert paid(scene, people) == [1_000, 1_001]
    scene.check()


def test_a_dropped_mempool_is_sent_the_same_bytes_again(scene):
    people = scene.earners(2)
    scene.settle()
    scene.rpc("evm_setAutomine", False)
    scene.advance()
    assert ChainIntent.objects.get(kind="release").state == "sent"

    scene.rpc("anvil_dropAllTransactions")
    for _ in range(30):
        scene.advance()
        scene.mine(1)

    assert paid(scene, people) == [1_000, 1_001]
    assert ChainAttempt.objects.count() == 3
    scene.rpc("evm_setAutomine", True)
    scene.index()
    scene.check()


@pytest.mark.parametrize("kind", ["release", "propose", "pay"])
def test_a_transaction_that_is_reorganised_away_is_sent_again(scene, kind):
    people = scene.earners(2)
    scene.settle()
    for _ in range(40):
        scene.advance()
        if ChainIntent.objects.filter(kind=kind, state="mined").exists():
            break
        scene.mine(1)
    before = ChainIntent.objects.get(kind=kind).block_hash

    scene.rpc("anvil_reorg", 1, [])
    scene.advance()
    after = ChainIntent.objects.get(kind=kind)
    assert after.state in {"sent", "mined"}
    scene.go_on()

    after.refresh_from_db()
    assert (after.state, after.block_hash == before) == ("confirmed", False)
    assert paid(scene, people) == [1_000, 1_001]
    scene.check()


def test_a_stuck_transaction_is_replaced_at_a_higher_fee_with_the_same_nonce(scene):
    people = scene.earners(2)
    scene.settle()
    scene.rpc("evm_setAutomine", False)
    scene.advance()
    old = timezone.now() - timedelta(minutes=5)
    ChainAttempt.objects.update(created_at=old)

    scene.advance()

    first, second = ChainAttempt.objects.order_by("pk")
    assert first.nonce == second.nonce
    assert second.max_fee >= first.max_fee * 9 / 8
    assert second.tip >= first.tip * 9 / 8
    scene.mine(1)
    scene.rpc("evm_setAutomine", True)
    scene.go_on()
    assert ChainIntent.objects.get(kind="release").transaction_hash == second.transaction_hash
    assert paid(scene, people) == [1_000, 1_001]
    scene.check()


def test_a_chain_that_stands_still_is_not_outbid(scene, monkeypatch):
    scene.earners(1)
    scene.settle()
    scene.rpc("evm_setAutomine", False)
    scene.advance()
    last_block = datetime.fromtimestamp(scene.client.block().timestamp, UTC)
    ChainAttempt.objects.update(created_at=last_block + timedelta(seconds=1))
    monkeypatch.setattr(outbox, "BUMP_AFTER", timedelta(0))
    time.sleep(max(0.0, (last_block - timezone.now()).total_seconds() + 1.1))

    scene.advance()

    assert ChainAttempt.objects.count() == 1
    scene.rpc("evm_setAutomine", True)


def test_a_person_is_told_of_a_transaction_that_was_replaced_ten_times(scene):
    make_user(is_finance_admin=True, email="finance@example.org")
    people = scene.earners(1)
    scene.settle()
    scene.rpc("evm_setAutomine", False)
    for _ in range(14):
        scene.advance()
        ChainAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=5))

    assert [letter.subject for letter in mail.outbox] == [
        "Settlement is slow: a transaction was replaced many times and is not mined"
    ]
    scene.mine(1)
    scene.rpc("evm_setAutomine", True)
    scene.go_on()
    assert paid(scene, people) == [1_000]
    scene.check()


def test_a_fee_shock_is_followed(scene):
    people = scene.earners(2)
    scene.settle()
    scene.rpc("evm_setAutomine", False)
    scene.advance()
    scene.rpc("anvil_setNextBlockBaseFeePerGas", hex(900 * 10**9))
    scene.rpc("anvil_dropAllTransactions")
    scene.mine(1)

    for _ in range(40):
        scene.advance()
        scene.mine(1)

    assert paid(scene, people) == [1_000, 1_001]
    assert ChainAttempt.objects.filter(intent__kind="release").count() > 1
    scene.rpc("evm_setAutomine", True)
    scene.index()
    scene.check()


def test_without_gas_money_everything_is_held_and_goes_on_by_itself(scene):
    people = scene.earners(2)
    batch = scene.settle()
    scene.give_gas_money("0x1")

    scene.advance()
    scene.advance()

    intent = ChainIntent.objects.get(kind="release")
    batch.refresh_from_db()
    assert (intent.state, intent.held_for, batch.state) == ("held", "gas_money", "held")
    assert ChainIntent.objects.filter(state="held").count() == 1
    scene.give_gas_money()
    scene.go_on()
    assert paid(scene, people) == [1_000, 1_001]
    scene.check()


def test_gas_money_that_runs_out_after_signing_does_no_harm(scene):
    people = scene.earners(2)
    batch = scene.settle()
    scene.rpc("evm_setAutomine", False)
    scene.advance()
    scene.rpc("anvil_dropAllTransactions")
    scene.give_gas_money("0x1")
    scene.advance()
    assert ChainIntent.objects.get(kind="release").state == "held"

    scene.give_gas_money()
    scene.rpc("evm_setAutomine", True)
    scene.go_on()

    batch.refresh_from_db()
    assert batch.state == SettlementBatch.State.FINAL
    assert paid(scene, people) == [1_000, 1_001]
    scene.check()


def test_what_the_contract_would_refuse_is_held_until_a_person_resumes(scene):
    from rewards.chain import calldata

    people = scene.earners(2)
    batch = scene.settle()
    guardian = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
    scene.send(scene.chain.escrow_address, "0x" + calldata.pause().hex(), sender=guardian)

    scene.go_on(3)
    batch.refresh_from_db()
    assert (batch.state, batch.held_reason) == (SettlementBatch.State.HELD, "paused")
    assert ChainAttempt.objects.count() == 0
    scene.devchain.pass_time(4 * 86_400)
    resume_batch(batch, actor=make_user(is_finance_admin=True), reason="The pause is over.")
    scene.go_on()

    assert paid(scene, people) == [1_000, 1_001]
    scene.check()


def test_a_nonce_that_went_to_something_else_is_signed_anew(scene):
    people = scene.earners(2)
    scene.settle()
    scene.rpc("evm_setAutomine", False)
    scene.advance()
    scene.rpc("anvil_dropAllTransactions")
    scene.rpc("anvil_setNonce", scene.signer.address, hex(ChainAttempt.objects.get().nonce + 1))
    scene.rpc("evm_setAutomine", True)

    scene.go_on()

    assert paid(scene, people) == [1_000, 1_001]
    scene.check()


def test_another_life_that_already_did_it_is_noticed(scene):
    """The database was restored from a backup: the chain knows more than we do."""
    people = scene.earners(2)
    scene.settle_to_the_end()
    ChainIntent.objects.update(state="new", nonce=None, block_number=None, block_hash="", transaction_hash="")
    ChainAttempt.objects.all().delete()
    nonce = scene.client.nonce(scene.signer.address)

    scene.go_on()

    assert scene.client.nonce(scene.signer.address) == nonce
    assert paid(scene, people) == [1_000, 1_001]
    scene.check()


def test_other_code_at_our_address_stops_the_chain(scene):
    scene.earners(1)
    scene.settle()
    scene.rpc("anvil_setCode", scene.chain.settlement_address, "0x60016001")

    assert scene.advance() == 0

    scene.chain.refresh_from_db()
    assert "is not the one recorded" in scene.chain.stopped_reason
    assert scene.settle() is None
    assert scene.index() == 0
