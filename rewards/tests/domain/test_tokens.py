"""Tokens of every kind we accept, through the whole pipeline: funded, earned, settled, in the wallet, compared."""

import pytest

from contracts.tests.harness import Reverted
from rewards.domain import leaf_file
from rewards.domain.deployment import allow_token
from rewards.domain.escrows import funding_calls
from rewards.domain.outbox import advance
from rewards.domain.reconciliation import reconcile
from rewards.models import Incident, Payout, SettlementBatch, Token
from rewards.tests.factories import earn, make_earner, make_escrow


def is_sound(scene) -> bool:
    scene.mine()
    scene.index()
    done = reconcile(scene.chain, scene.client)
    assert done is not None
    return done.is_sound


def silent_token(scene) -> Token:
    address = scene.harness.deploy("SilentToken").address
    return Token.objects.create(chain=scene.chain, address=address, symbol="HUSH", name="Silent", decimals=18)


@pytest.mark.parametrize("decimals", [0, 6, 8, 18])
def test_a_token_of_any_decimals_reaches_the_wallet_to_the_last_unit(scene, decimals):
    address = scene.harness.deploy("TestToken", "Any", "ANY", decimals).address
    token = allow_token(scene.chain, scene.client, address)
    assert (token.symbol, token.decimals) == ("ANY", decimals)
    price = 3 * 10**decimals + 1  # the last unit counts
    escrow = scene.funded(rewards_minor=4 * price, token=token)
    people = [make_earner() for _ in range(3)]
    earn(escrow, dict.fromkeys(people, price))

    scene.settle_to_the_end()

    assert [scene.on_chain(person.wallets.get().address, token) for person in people] == [price] * 3
    assert is_sound(scene), list(Incident.objects.values())
    scene.check()


def test_several_tokens_with_other_decimals_share_an_epoch(scene):
    tokens = [
        allow_token(scene.chain, scene.client, scene.harness.deploy("TestToken", f"T{n}", f"T{n}", n).address)
        for n in (6, 8, 18)
    ]
    people = [make_earner() for _ in range(3)]
    for token in tokens:
        earn(scene.funded(rewards_minor=10 ** (token.decimals + 1), token=token),
             {person: 10**token.decimals + i for i, person in enumerate(people)})  # fmt: skip

    batch = scene.settle_to_the_end()

    assert (batch.epoch, batch.payment_count) == (1, 9)
    for token in tokens:
        got = [scene.on_chain(person.wallets.get().address, token) for person in people]
        assert got == [10**token.decimals + i for i in range(3)]
    assert is_sound(scene)
    scene.check()


def test_a_token_whose_transfers_answer_nothing_is_paid(scene):
    token = silent_token(scene)
    escrow = scene.funded(rewards_minor=10**18, token=token)
    person = make_earner()
    earn(escrow, {person: 10**17})

    scene.settle_to_the_end()

    assert scene.on_chain(person.wallets.get().address, token) == 10**17
    assert is_sound(scene), list(Incident.objects.values())
    scene.check()


def test_a_token_that_answers_false_is_not_taken_for_paid(scene):
    token = scene.faulty_token()
    people = scene.earners(2, scene.funded(token=token))
    batch = scene.settle()
    while not batch.intents.filter(kind="release", state="confirmed").exists():  # the money is in Settlement
        scene.index()
        advance(scene.chain, scene.client, scene.signer, max_steps=1)
        scene.mine(1)
    faulty = scene.harness.deploy("FaultyToken")
    data = "0x" + faulty.data("set_answers_false", True).hex()
    scene.send(token.address, data)

    scene.go_on()

    batch.refresh_from_db()
    assert batch.state == SettlementBatch.State.FINAL
    assert Payout.objects.filter(state=Payout.State.PAID).count() == 0
    assert is_sound(scene), list(Incident.objects.values())
    scene.send(token.address, "0x" + faulty.data("set_answers_false", False).hex())
    for _ in range(3):
        scene.settle_to_the_end()
    tree = leaf_file.tree_of(SettlementBatch.objects.latest("epoch"))
    from rewards.chain import calldata

    for person in people:
        claim = tree.claim(person.wallets.get().address, token.address)
        scene.send(scene.chain.settlement_address, "0x" + calldata.claim(claim).hex())
    assert is_sound(scene), list(Incident.objects.values())
    assert [scene.on_chain(person.wallets.get().address, token) for person in people] == [1_000, 1_001]
    scene.check()


@pytest.mark.parametrize(("name", "value"), [("set_fee", 100), ("set_bonus", 7), ("set_answers_false", True)])
def test_a_deposit_that_is_not_what_it_says_is_refused_by_the_contract(scene, name, value):
    faulty = scene.harness.deploy("FaultyToken")
    token = Token.objects.create(chain=scene.chain, address=faulty.address, symbol="ODD", name="Odd", decimals=6)
    scene.send(token.address, "0x" + faulty.data(name, value).hex())
    escrow = make_escrow(token, funder_address=scene.funder)
    scene.mint(token, scene.funder, escrow.required)
    approve, deposit = funding_calls(escrow)
    scene.send(approve["to"], approve["data"])

    with pytest.raises(Reverted):
        scene.send(deposit["to"], deposit["data"])

    scene.mine()
    scene.index()
    escrow.refresh_from_db()
    assert (escrow.deposited, escrow.state) == (0, "quoted")


def test_what_tells_no_decimals_is_no_token(scene):
    from rewards.chain.errors import ChainRejected

    with pytest.raises(ChainRejected):
        allow_token(scene.chain, scene.client, scene.chain.escrow_address)

    assert scene.chain.tokens.count() == 1
