"""Tokens that take much gas: their own runs get shorter, nobody else waits, and nobody is forgotten."""

import pytest
from django.core import mail

from rewards.chain import calldata, gas
from rewards.domain import ledger
from rewards.domain.holds import hold_batch, resume_batch
from rewards.domain.outbox import advance
from rewards.models import ChainIntent, Payout, SettlementBatch, Token
from rewards.tests.factories import make_earner, make_user

State = SettlementBatch.State


def tell(scene, token, name, value):
    data = scene.harness.deploy("FaultyToken").data(name, value)
    scene.send(token.address, "0x" + data.hex())


def paid(scene, people, token=None):
    return [scene.on_chain(person.wallets.get().address, token) for person in people]


def address_of(person):
    return person.wallets.get().address


@pytest.fixture
def heavy(scene):
    """A token that writes ten slots more than others: about 250,000 gas for each payment."""
    token = scene.faulty_token()
    tell(scene, token, "set_weight", 10)
    return token


def go_until(scene, kind):
    """Until the first intent of this kind is the next to be signed."""
    for _ in range(60):
        if not scene.chain.intents.exclude(kind=kind).exclude(state="confirmed").exists():
            return
        scene.index()
        advance(scene.chain, scene.client, scene.signer, max_steps=1)
        scene.mine(1)
    raise AssertionError(scene.stuck())


def test_an_ordinary_token_costs_what_the_formula_says(scene):
    scene.earners(3)
    scene.settle()

    scene.token.refresh_from_db()
    assert gas.PAY_PER_RECIPIENT <= scene.token.payment_gas < gas.PAY_PER_RECIPIENT + 400
    assert gas.max_run(per_recipient=scene.token.payment_gas) == 512


def test_a_heavy_token_is_paid_in_shorter_runs_of_the_same_leaf(scene, heavy):
    people = scene.earners(100, scene.funded(rewards_minor=200_000, token=heavy))

    batch = scene.settle_to_the_end()

    heavy.refresh_from_db()
    assert 240_000 < heavy.payment_gas < 400_000
    assert batch.intents.filter(kind="pay").count() > 1
    assert max(batch.intents.values_list("gas", flat=True)) <= gas.TRANSACTION_CAP
    assert paid(scene, people, heavy) == [1_000 + i for i in range(100)]
    assert not Payout.objects.exclude(lane="pay").exists()
    scene.check()


def test_a_token_that_becomes_heavy_after_the_freeze_holds_up_nobody(scene):
    token = scene.faulty_token()
    people = scene.earners(100, scene.funded(rewards_minor=200_000, token=token))
    others = scene.earners(3)
    batch = scene.settle()
    go_until(scene, "pay")
    tell(scene, token, "set_weight", 10)

    scene.go_on()

    batch.refresh_from_db()
    assert batch.state == State.FINAL, scene.stuck()
    assert paid(scene, people, token) == [1_000 + i for i in range(100)]
    assert paid(scene, others) == [1_000, 1_001, 1_002]
    assert max(batch.intents.values_list("gas", flat=True)) <= gas.TRANSACTION_CAP
    scene.check()


def test_a_run_that_is_not_signed_is_written_anew_when_its_batch_is_resumed(scene):
    token = scene.faulty_token()
    people = scene.earners(40, scene.funded(rewards_minor=100_000, token=token))
    batch, admin = scene.settle(), make_user(is_finance_admin=True)
    go_until(scene, "pay")
    hold_batch(batch, actor=admin, reason="Looking at it.")
    before = batch.intents.get(kind="pay").gas
    Token.objects.filter(pk=token.pk).update(payment_gas=600_000)

    resume_batch(batch, actor=admin, reason="The token was measured.")
    scene.go_on()

    runs = batch.intents.filter(kind="pay").order_by("pk")
    assert [run.effect["count"] for run in runs] == [16, 16, 8]
    assert all(before < run.gas <= gas.TRANSACTION_CAP for run in runs)
    assert paid(scene, people, token) == [1_000 + i for i in range(40)]
    scene.check()


def test_one_recipient_who_burns_all_gas_is_left_to_claim_and_the_others_are_paid(scene):
    make_user(is_finance_admin=True, email="finance@example.org")
    token = scene.faulty_token()
    people = scene.earners(20, scene.funded(rewards_minor=100_000, token=token))
    others = scene.earners(2)
    scene.settle()
    go_until(scene, "pay")
    hog = people[7]
    tell(scene, token, "set_hog", address_of(hog))

    scene.go_on()

    batch = SettlementBatch.objects.get()
    assert batch.state == State.FINAL, scene.stuck()
    assert paid(scene, others) == [1_000, 1_001]
    assert paid(scene, people, token) == [0 if person == hog else 1_000 + i for i, person in enumerate(people)]
    waiting = Payout.objects.get(lane="claim")
    assert (waiting.user, waiting.state) == (hog, Payout.State.FROZEN)
    token.refresh_from_db()
    assert token.payment_gas < 100_000
    scene.check()


def test_a_token_too_heavy_for_any_payment_is_left_to_claim_and_others_go_on(scene):
    make_user(is_finance_admin=True, email="finance@example.org")
    token = scene.faulty_token()
    escrow = scene.funded(rewards_minor=100_000, token=token)
    people = scene.earners(3, escrow)
    others = scene.earners(2)
    scene.settle()
    go_until(scene, "pay")
    tell(scene, token, "set_weight", 60)

    scene.go_on()

    batch = SettlementBatch.objects.get()
    assert batch.state == State.FINAL, scene.stuck()
    assert paid(scene, others) == [1_000, 1_001]
    assert set(Payout.objects.filter(token=token).values_list("lane", "state")) == {("claim", "frozen")}
    assert [letter.subject for letter in mail.outbox if "finance@example.org" in letter.to] == [
        "Payments were not sent, because they take too much gas"
    ]
    # What is earned now is theirs to claim at once: nothing is sent in vain.
    late = scene.earners(1, escrow, minor=77)
    tell(scene, token, "set_weight", 0)
    for _ in range(3):
        scene.settle()
        scene.go_on()
    assert Payout.objects.get(user=late[0]).lane == "claim"
    for person in (*people, *late):
        claim = _claim_of(scene, person, token)
        scene.send(scene.chain.settlement_address, "0x" + calldata.claim(claim).hex())
    scene.mine()
    scene.index()
    assert paid(scene, [*people, *late], token) == [1_000, 1_001, 1_002, 77]
    scene.check()


def _claim_of(scene, person, token):
    from rewards.domain import leaf_file

    tree = leaf_file.tree_of(SettlementBatch.objects.latest("epoch"))
    return tree.claim(address_of(person), token.address)


def test_what_a_run_learned_is_forgotten_slowly(scene):
    escrow = scene.funded(rewards_minor=100_000)
    Token.objects.filter(pk=scene.token.pk).update(payment_gas=64_000)
    for _ in range(2):
        scene.earners(1, escrow)
        scene.settle_to_the_end()

    scene.token.refresh_from_db()
    assert scene.token.payment_gas == 49_000
    assert ledger.balance(scene.token, ledger.earned_by(make_earner().pk)) == 0


def test_a_release_of_a_heavy_token_is_given_more_gas(scene, heavy):
    escrow = scene.funded(rewards_minor=100_000, token=heavy)
    scene.earners(1, escrow)
    scene.settle_to_the_end()
    tell(scene, heavy, "set_weight", 14)
    scene.earners(1, escrow)

    scene.settle_to_the_end()

    assert ChainIntent.objects.filter(kind="release").count() == 2
    scene.check()
