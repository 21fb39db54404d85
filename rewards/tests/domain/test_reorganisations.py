"""Deeper than is ever believed: the chain stops with words, a person resumes it, and nobody is paid twice."""

import pytest
from django.conf import settings

from rewards.chain import calldata
from rewards.domain import holds, outbox, reorganisations
from rewards.domain.chain_events import ImpossibleEvent
from rewards.domain.credited_twice import NotYet
from rewards.models import Chain, ChainAttempt, ChainIntent, Payout, SettlementBatch
from rewards.tests.factories import make_user

DEEP = settings.CHAIN_CONFIRMATIONS + 3


@pytest.fixture
def module_devchain(fresh_devchain):
    return fresh_devchain


@pytest.fixture
def admin(db):
    return make_user(is_finance_admin=True, email="finance@example.org")


def reorganise(scene, depth=DEEP, blocks=DEEP):
    """A branch without our transactions, and longer than the old one."""
    scene.rpc("anvil_reorg", depth, [])
    scene.rpc("anvil_dropAllTransactions")
    scene.mine(blocks)


def resume(scene, admin, reason="The chain is steady again."):
    scene.chain = reorganisations.resume(scene.chain, actor=admin, reason=reason)


def paid(scene, people):
    return [scene.on_chain(person.wallets.get().address) for person in people]


def test_payments_that_a_deep_reorganisation_took_are_sent_again_with_the_same_bytes(scene, admin):
    scene.mine(40)
    people = scene.earners(3)
    batch = scene.settle_to_the_end()
    attempts = list(ChainAttempt.objects.values_list("raw", flat=True))
    first = min(ChainIntent.objects.values_list("block_number", flat=True))

    reorganise(scene, depth=scene.client.block_number() - first + 1)
    assert paid(scene, people) == [0, 0, 0]
    scene.index()
    assert "took away Released" in scene.chain.stopped_reason
    assert (scene.advance(), scene.settle()) == (0, None)

    resume(scene, admin)
    batch.refresh_from_db()
    assert batch.state == SettlementBatch.State.FROZEN or batch.state == SettlementBatch.State.RELEASING
    scene.go_on()

    batch.refresh_from_db()
    assert batch.state == SettlementBatch.State.FINAL
    assert paid(scene, people) == [1_000, 1_001, 1_002]
    assert list(ChainAttempt.objects.values_list("raw", flat=True)) == attempts
    scene.check()


def test_a_deep_reorganisation_over_two_batches_ends_both(scene, admin):
    scene.mine(40)
    escrow = scene.funded()
    first_people = scene.earners(2, escrow)
    first = scene.settle_to_the_end()
    second_people = scene.earners(2, escrow)
    second = scene.settle()
    scene.advance()
    lost_from = min(first.intents.filter(kind="pay").values_list("block_number", flat=True))
    assert second.state != SettlementBatch.State.FINAL

    reorganise(scene, depth=scene.client.block_number() - lost_from + 1, blocks=DEEP + 40)
    scene.index()
    resume(scene, admin)
    scene.go_on()

    assert set(SettlementBatch.objects.values_list("state", flat=True)) == {SettlementBatch.State.FINAL}
    assert paid(scene, first_people) == paid(scene, second_people) == [1_000, 1_001]
    scene.check()


def test_a_node_that_lags_behind_the_books_is_not_taken_for_a_reorganisation(scene, admin):
    scene.earners(1)
    scene.settle_to_the_end()
    Chain.objects.update(stopped_reason="For a test.", indexed_block=scene.client.block_number() + 1)

    with pytest.raises(NotYet, match="not read as far"):
        resume(scene, admin)

    assert not ChainIntent.objects.exclude(state="confirmed").exists()


def test_nothing_is_sent_while_the_node_lacks_a_block_that_was_certain(scene, admin):
    scene.mine(40)
    scene.earners(1)
    scene.settle_to_the_end()
    scene.earners(1)
    reorganise(scene)

    assert scene.settle() is None
    assert outbox.advance(scene.chain, scene.client, scene.signer) == 0
    assert not ChainIntent.objects.exclude(state="confirmed").exists()


def test_a_reorganisation_that_took_nothing_of_ours_stops_nothing(scene):
    scene.mine(40)
    scene.index()

    reorganise(scene)
    scene.index()

    assert scene.chain.stopped_reason == ""
    assert scene.chain.indexed_block == scene.client.block_number()


def test_a_deposit_that_is_on_the_new_branch_too_stays_in_the_books(scene, admin):
    scene.mine(40)
    escrow = scene.quoted()
    first = scene.client.block_number() + 1
    scene.pay_in(escrow)
    raws = [
        scene.rpc("eth_getRawTransactionByHash", hash_)
        for number in range(first, scene.client.block_number() + 1)
        for hash_ in scene.rpc("eth_getBlockByNumber", hex(number), False)["transactions"]
    ]
    scene.mine()
    scene.index()
    escrow.refresh_from_db()
    assert escrow.state == "funded"

    reorganise(scene, depth=scene.client.block_number() - first + 1, blocks=2)
    for raw in raws:
        scene.rpc("eth_sendRawTransaction", raw)
    scene.mine()
    scene.index()
    resume(scene, admin)
    scene.mine()
    scene.index()

    escrow.refresh_from_db()
    assert (escrow.state, escrow.deposited, escrow.deposits.count()) == ("funded", escrow.required, 1)
    scene.check()


def test_a_deposit_that_is_gone_is_taken_out_of_the_books(scene, admin):
    scene.mine(40)
    escrow = scene.quoted()
    first = scene.client.block_number() + 1
    scene.pay_in(escrow)
    scene.mine()
    scene.index()

    reorganise(scene, depth=scene.client.block_number() - first + 1)
    scene.index()
    assert "Opened" in scene.chain.stopped_reason
    resume(scene, admin)

    escrow.refresh_from_db()
    assert (escrow.state, escrow.deposited, escrow.opened_transaction) == ("quoted", 0, "")
    scene.check()
    scene.pay_in(escrow)
    scene.mine()
    scene.index()
    escrow.refresh_from_db()
    assert (escrow.state, escrow.deposited) == ("funded", escrow.required)
    scene.check()


def test_a_deposit_that_is_gone_and_was_used_does_not_let_the_chain_go_on(scene, admin):
    scene.mine(40)
    first = scene.client.block_number() + 1
    scene.earners(1)

    reorganise(scene, depth=scene.client.block_number() - first + 1)
    scene.index()
    with pytest.raises(ImpossibleEvent, match="was used since"):
        resume(scene, admin)

    scene.chain.refresh_from_db()
    assert scene.chain.stopped_reason != ""


def test_a_recipient_who_is_refused_the_second_time_is_not_called_paid(scene, admin):
    scene.mine(40)
    token = scene.faulty_token()
    people = scene.earners(2, scene.funded(token=token))
    batch = scene.settle_to_the_end()
    first = min(ChainIntent.objects.values_list("block_number", flat=True))
    blocked = people[0].wallets.get().address

    reorganise(scene, depth=scene.client.block_number() - first + 1)
    scene.block_recipient(token, blocked)
    scene.index()
    resume(scene, admin)
    scene.go_on()

    states = dict(batch.payouts.values_list("address", "state"))
    assert states[blocked] == Payout.State.FROZEN
    assert batch.payouts.get(address=blocked).lane == "claim"
    assert scene.on_chain(people[1].wallets.get().address, token) == 1_001
    scene.check()


def test_a_nonce_below_ours_that_nobody_fills_is_filled_with_nothing(scene, admin):
    scene.mine(40)
    other = scene.signer.address
    first = scene.client.block_number() + 1
    scene.rpc("anvil_setNonce", other, hex(scene.client.nonce(other)))
    people = scene.earners(2)
    batch = scene.settle()
    scene.rpc("anvil_impersonateAccount", other)
    scene.send(scene.token.address, "0x" + calldata.approve(scene.funder, 1).hex(), sender=other)
    start = scene.client.block_number()
    scene.go_on()
    batch.refresh_from_db()

    reorganise(scene, depth=scene.client.block_number() - start + 1)
    assert first < start
    scene.index()
    resume(scene, admin)
    scene.go_on()

    assert paid(scene, people) == [1_000, 1_001]
    scene.check()


def test_a_veto_that_is_gone_has_to_be_made_again_first(scene, admin, settings):
    from rewards.domain import deployment

    settings.SETTLEMENT_DELAY_SECONDS = 600
    scene.chain.settlement_address = "0x" + "00" * 20
    scene.chain.save()
    scene.chain = deployment.deploy(scene.client, scene.signer).chain
    scene.token = scene.chain.tokens.get(is_active=True)
    scene.mine(40)
    scene.earners(1)
    batch = scene.settle()
    scene.go_on(8)
    before = scene.client.block_number()
    guardian = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
    scene.send(scene.chain.settlement_address, "0x" + calldata.veto(1).hex(), sender=guardian)
    scene.go_on()
    batch.refresh_from_db()
    assert batch.state == "vetoed"

    reorganise(scene, depth=scene.client.block_number() - before)
    scene.index()
    with pytest.raises(NotYet, match="guardian"):
        resume(scene, admin)
    scene.send(scene.chain.settlement_address, "0x" + calldata.veto(1).hex(), sender=guardian)
    scene.mine()
    resume(scene, admin)

    scene.go_on()
    scene.check()


def test_a_deposit_that_one_reorganisation_moved_and_another_took_is_taken_out_of_the_books(scene, admin):
    scene.mine(40)
    escrow = scene.quoted()
    first = scene.client.block_number() + 1
    scene.pay_in(escrow)
    raws = [
        scene.rpc("eth_getRawTransactionByHash", hash_)
        for number in range(first, scene.client.block_number() + 1)
        for hash_ in scene.rpc("eth_getBlockByNumber", hex(number), False)["transactions"]
    ]
    scene.mine()
    scene.index()
    reorganise(scene, depth=scene.client.block_number() - first + 1, blocks=2)
    # All in one block: the deposit's place in the log moves too.
    scene.rpc("evm_setAutomine", False)
    for raw in raws:
        scene.rpc("eth_sendRawTransaction", raw)
    scene.mine(1)
    scene.rpc("evm_setAutomine", True)
    scene.mine()
    scene.index()
    resume(scene, admin)
    scene.index()
    moved = escrow.deposits.get()
    assert moved.log_index == scene.chain.events.get(name="Funded").log_index

    reorganise(scene, depth=scene.client.block_number() - first + 1)
    scene.index()
    resume(scene, admin)

    escrow.refresh_from_db()
    assert (escrow.state, escrow.deposited) == ("quoted", 0)
    assert escrow.deposits.get().amount is None
    scene.check()


@pytest.mark.parametrize("most_nonces", [1, 3])
def test_an_activation_whose_root_is_gone_waits_for_the_root_and_holds_nothing(
    scene, admin, settings, monkeypatch, most_nonces
):
    from rewards.domain import deployment, outbox

    monkeypatch.setattr(outbox, "MAX_NONCES", most_nonces)
    settings.SETTLEMENT_DELAY_SECONDS = 600
    scene.chain.settlement_address = "0x" + "00" * 20
    scene.chain.save()
    scene.chain = deployment.deploy(scene.client, scene.signer).chain
    scene.token = scene.chain.tokens.get(is_active=True)
    scene.mine(40)
    people = scene.earners(2)
    batch = scene.settle()
    scene.go_on(8)
    propose = batch.intents.get(kind="propose")
    # It was noticed by its effect: nobody remembers the transaction.
    propose.attempts.all().delete()
    ChainIntent.objects.filter(pk=propose.pk).update(nonce=None)
    scene.devchain.pass_time(601)
    scene.advance()
    assert batch.intents.get(kind="activate").state == "mined"

    reorganise(scene, depth=scene.client.block_number() - propose.block_number + 1)
    scene.index()
    resume(scene, admin)
    for _ in range(12):
        scene.go_on(4)
        scene.devchain.pass_time(601)

    batch.refresh_from_db()
    assert batch.state == SettlementBatch.State.FINAL, scene.stuck()
    assert paid(scene, people) == [1_000, 1_001]
    scene.check()


def test_a_nonce_that_a_deep_reorganisation_left_to_nobody_is_used_for_nothing(scene, admin):
    """The key was used elsewhere, and we know no transaction under that nonce: without one ours would never be mined."""
    scene.mine(40)
    people = scene.earners(2)
    first = scene.client.block_number() + 1
    own = scene.signer.address
    scene.rpc("anvil_impersonateAccount", own)
    scene.send(own, "0x", sender=own)
    used = scene.client.nonce(own) - 1
    scene.settle_to_the_end()

    reorganise(scene, depth=scene.client.block_number() - first + 1)
    scene.index()
    resume(scene, admin)
    scene.go_on()

    assert paid(scene, people) == [1_000, 1_001]
    assert ChainAttempt.objects.filter(nonce=used).count() == 1
    scene.check()


def test_what_a_lost_release_had_brought_is_no_longer_called_released(scene, admin):
    """Else, if the client then takes the rest back, people are paid with the money of others."""
    scene.mine(40)
    escrow = scene.funded()
    scene.earners(2, escrow)
    scene.settle_to_the_end()
    scene.earners(1, escrow)
    first = scene.client.block_number() + 1
    scene.settle_to_the_end()
    escrow.refresh_from_db()
    assert escrow.released == escrow.rewarded == 3_001

    reorganise(scene, depth=scene.client.block_number() - first + 1)
    scene.index()
    resume(scene, admin)

    escrow.refresh_from_db()
    assert escrow.released == 2_001
    scene.go_on()
    escrow.refresh_from_db()
    assert escrow.released == 3_001
    scene.check()


def take_back(scene, escrow):
    """Its client closes it and takes what is left."""
    key = bytes.fromhex(escrow.chain_key[2:])
    for call in (calldata.close(key), calldata.refund(key)):
        scene.send(scene.chain.escrow_address, "0x" + call.hex())
        scene.devchain.pass_time(settings.CHAIN_CLOSE_NOTICE_SECONDS + 1)


def test_a_batch_whose_release_is_lost_to_its_client_waits_until_a_person_has_seen_to_the_money(scene, admin):
    scene.mine(40)
    other_people = scene.earners(2)  # what is theirs lies in Settlement too, and must not pay for it
    escrow = scene.funded()
    people = scene.earners(2, escrow)
    batch = scene.settle_to_the_end()
    first = min(ChainIntent.objects.values_list("block_number", flat=True))

    reorganise(scene, depth=scene.client.block_number() - first + 1)
    take_back(scene, escrow)
    scene.mine()
    scene.index()
    resume(scene, admin)
    scene.go_on()

    release = batch.intents.get(kind="release")
    assert release.state == "held"
    assert "send 2001 minor units" in release.held_reason
    assert batch.intents.filter(kind="propose", state="sent").exists()
    assert paid(scene, people + other_people) == [0, 0, 0, 0]

    scene.mint(scene.token, scene.chain.settlement_address, 2_001)
    holds.resume_batch(batch, actor=admin, reason="The platform sent it.")
    scene.go_on()

    batch.refresh_from_db()
    assert batch.state == SettlementBatch.State.FINAL, scene.stuck()
    assert paid(scene, people + other_people) == [1_000, 1_001, 1_000, 1_001]
    release.refresh_from_db()
    assert (release.batch, release.escrow, release.state) == (None, escrow, "held")
    scene.check()
