"""A root that is vetoed, and an escrow that cannot pay: nobody is paid twice, nobody is forgotten, nobody else waits."""

import pytest
from django.core import mail

from rewards.chain import calldata
from rewards.domain import deployment, ledger
from rewards.models import ChainIntent, ClaimBalance, Earning, LedgerAccount, SettlementBatch
from rewards.tests.factories import earn, make_earner, make_user, make_wallet

GUARDIAN = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
DELAY = 600
State = SettlementBatch.State


@pytest.fixture
def slow_scene(scene, settings):
    """Roots wait ten minutes, in which the guardian can veto them."""
    settings.SETTLEMENT_DELAY_SECONDS = DELAY
    scene.chain.settlement_address = "0x" + "00" * 20
    scene.chain.save()
    scene.chain = deployment.deploy(scene.client, scene.signer).chain
    scene.token = scene.chain.tokens.get(is_active=True)
    return scene


def veto(scene, epoch):
    scene.send(scene.chain.settlement_address, "0x" + calldata.veto(epoch).hex(), sender=GUARDIAN)


def pay_all(scene):
    batch = scene.settle()
    scene.go_on(10)
    scene.devchain.pass_time(DELAY + 1)
    scene.go_on()
    batch.refresh_from_db()
    return batch


def test_a_vetoed_batch_ends_and_the_next_pays_its_people_once(slow_scene):
    scene = slow_scene
    make_user(is_finance_admin=True, email="finance@example.org")
    people = scene.earners(3)
    batch = scene.settle()
    scene.go_on(8)

    veto(scene, 1)
    scene.go_on()

    batch.refresh_from_db()
    assert batch.state == State.VETOED
    assert ledger.balance(scene.token, ledger.earned_by(people[0].pk)) == 1_000
    assert not ChainIntent.objects.exclude(state="confirmed").exists()
    assert [letter.to for letter in mail.outbox] == [["finance@example.org"]]
    assert "vetoed epoch 1" in mail.outbox[0].subject
    second = pay_all(scene)
    assert (second.epoch, second.state) == (2, State.FINAL)
    assert [scene.on_chain(person.wallets.get().address) for person in people] == [1_000, 1_001, 1_002]
    assert scene.settle() is None
    scene.check()


def test_a_veto_after_the_delay_counts_as_long_as_nobody_activated(slow_scene):
    scene = slow_scene
    (person,) = scene.earners(1)
    batch = scene.settle()
    scene.go_on(8)
    scene.devchain.pass_time(DELAY + 1)

    veto(scene, 1)
    scene.go_on()

    batch.refresh_from_db()
    assert batch.state == State.VETOED
    assert pay_all(scene).state == State.FINAL
    assert scene.on_chain(person.wallets.get().address) == 1_000
    scene.check()


def test_a_veto_of_a_root_that_credits_a_failed_push_credits_it_once(slow_scene):
    scene = slow_scene
    token = scene.faulty_token()
    people = scene.earners(2, scene.funded(token=token))
    blocked = people[0].wallets.get().address
    scene.block_recipient(token, blocked)
    pay_all(scene)
    pay_all(scene)
    pay_all(scene)
    assert people[0].payouts.get().credit_batch is None
    crediting = scene.settle()
    assert people[0].payouts.get().credit_batch == crediting

    scene.go_on(8)
    veto(scene, crediting.epoch)
    scene.go_on()
    crediting.refresh_from_db()
    assert crediting.state == State.VETOED
    assert ClaimBalance.objects.get(address=blocked).cumulative == 0
    pay_all(scene)

    assert ClaimBalance.objects.get(address=blocked).cumulative == 1_000
    assert people[0].payouts.get().state == "claimable"
    scene.check()


def client_takes_back(scene, escrow):
    """Closes on chain, lets the notice pass and refunds, before anything is released."""
    key = bytes.fromhex(escrow.chain_key[2:])
    scene.send(scene.chain.escrow_address, "0x" + calldata.close(key).hex())
    scene.devchain.pass_time(8 * 86_400)
    scene.send(scene.chain.escrow_address, "0x" + calldata.refund(key).hex())


def test_an_escrow_that_its_client_refunded_waits_alone_and_the_others_are_paid(scene):
    make_user(is_finance_admin=True, email="finance@example.org")
    good, bad = scene.funded(), scene.funded()
    (unlucky,) = scene.earners(1, bad)
    lucky = scene.earners(2, good)
    earn(good, {unlucky: 300})
    frozen = scene.settle()

    client_takes_back(scene, bad)
    scene.go_on()
    assert not SettlementBatch.objects.filter(pk=frozen.pk).exists()
    scene.settle_to_the_end()

    assert [scene.on_chain(person.wallets.get().address) for person in lucky] == [1_000, 1_001]
    assert scene.on_chain(unlucky.wallets.get().address) == 300
    assert ledger.balance(scene.token, ledger.earned_by(unlucky.pk)) == 1_000
    bad.refresh_from_db()
    assert "took" in bad.release_refused
    assert LedgerAccount.objects.get(kind="shortfall").balance == -1_050
    held = ChainIntent.objects.get(state="held")
    assert (held.escrow, held.batch, held.attempts.count()) == (bad, None, 0)
    assert held.held_reason == "Its client took 1050000 back on chain: 1050 minor units are missing."
    assert {letter.subject for letter in mail.outbox} == {
        "A client took back money on chain that people had earned",
        "Settlement waits: the contract would refuse a transaction",
    }
    assert scene.settle() is None
    scene.check()


def test_an_escrow_known_to_be_refunded_is_left_out_of_the_batch_at_once(scene):
    good, bad = scene.funded(), scene.funded()
    scene.earners(1, bad)
    (lucky,) = scene.earners(1, good)
    client_takes_back(scene, bad)
    scene.mine()
    scene.index()

    batch = scene.settle_to_the_end()

    assert (batch.epoch, batch.payment_count) == (1, 1)
    assert scene.on_chain(lucky.wallets.get().address) == 1_000
    assert Earning.objects.filter(payout=None).count() == 1
    scene.check()


def test_what_was_earned_leaves_an_escrow_as_soon_as_its_client_is_closing_it(scene):
    escrow = scene.funded()
    (person,) = scene.earners(1, escrow)
    key = bytes.fromhex(escrow.chain_key[2:])
    scene.send(scene.chain.escrow_address, "0x" + calldata.close(key).hex())
    scene.mine()
    scene.index()

    scene.go_on()

    escrow.refresh_from_db()
    assert escrow.released == 1_000
    scene.devchain.pass_time(8 * 86_400)
    scene.send(scene.chain.escrow_address, "0x" + calldata.refund(key).hex())
    scene.mine()
    scene.index()
    assert not LedgerAccount.objects.filter(kind="shortfall").exists()
    scene.settle_to_the_end()
    assert scene.on_chain(person.wallets.get().address) == 1_000
    scene.check()


def test_what_a_vetoed_batch_released_is_paid_also_when_the_client_takes_the_rest_back(slow_scene):
    scene = slow_scene
    escrow = scene.funded()
    early, both = scene.earners(2, escrow)
    batch = scene.settle()
    scene.go_on(8)
    veto(scene, batch.epoch)
    scene.go_on()
    late = make_earner()
    earn(escrow, {both: 300, late: 400})

    client_takes_back(scene, escrow)
    scene.mine()
    scene.index()
    second = pay_all(scene)

    assert (second.payment_count, second.state) == (2, State.FINAL)
    assert [scene.on_chain(person.wallets.get().address) for person in (early, both, late)] == [1_000, 1_001, 0]
    assert scene.on_chain(scene.chain.settlement_address) == 0
    assert ledger.balance(scene.token, ledger.earned_by(both.pk)) == 300
    assert scene.settle() is None
    scene.check()


def test_who_had_no_wallet_is_paid_what_was_released_before_the_client_took_the_rest_back(scene):
    escrow, slow = scene.funded(), make_user()
    earn(escrow, {slow: 500, make_earner(): 700})
    scene.settle_to_the_end()
    earn(escrow, {slow: 40})
    client_takes_back(scene, escrow)
    scene.mine()
    scene.index()
    assert scene.settle() is None

    make_wallet(slow)
    batch = scene.settle_to_the_end()

    assert batch.payment_count == 1
    assert scene.on_chain(slow.wallets.get().address) == 500
    assert Earning.objects.get(payout=None).amount == 40
    scene.check()
