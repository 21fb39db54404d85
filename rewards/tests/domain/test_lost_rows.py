"""The database was restored from a backup, and the chain knows more than we do."""

import pytest

from rewards.chain import calldata
from rewards.domain import deployment
from rewards.models import ChainAttempt, ChainIntent, SettlementBatch


def lose_rows(**of):
    """As from a backup: intents are new again, and nobody remembers what was sent for them."""
    intents_lost = ChainIntent.objects.filter(**of)
    ChainAttempt.objects.filter(intent__in=intents_lost).delete()
    intents_lost.update(state="new", nonce=None, block_number=None, block_hash="", transaction_hash="")


@pytest.fixture
def refused_run(scene):
    """A run of five, mined and not confirmed, whose third recipient is refused."""
    token = scene.faulty_token()
    people = scene.earners(5, scene.funded(token=token))
    scene.block_recipient(token, people[2].wallets.get().address)
    scene.settle()
    for _ in range(40):
        scene.advance()
        if ChainIntent.objects.filter(kind="pay", state="mined").exists():
            return scene, token, people
        scene.mine(1)
    raise AssertionError(scene.stuck())


def test_after_rows_were_lost_only_who_was_not_paid_is_sent_again(refused_run):
    scene, token, people = refused_run
    lose_rows(kind="pay")

    scene.go_on()

    sent = ChainAttempt.objects.filter(intent__kind="pay").values_list("intent__data", flat=True)
    assert [calldata.read_pay(bytes.fromhex(data[2:])).payees() for data in sent] == [
        [(people[2].wallets.get().address, 1_002)]
    ]
    assert [scene.on_chain(person.wallets.get().address, token) for person in people] == [1_000, 1_001, 0, 1_003, 1_004]
    assert SettlementBatch.objects.get().state == SettlementBatch.State.FINAL
    scene.check()


def test_without_the_contracts_bits_the_worker_alone_pays_a_refused_run_once(
    module_devchain, scene, tmp_path, monkeypatch
):
    from rewards.chain import artifacts
    from storm import unguarded

    monkeypatch.setattr(artifacts, "BUILD", unguarded.build(tmp_path))
    artifacts.load_artifact.cache_clear()
    try:
        scene.chain.settlement_address = "0x" + "00" * 20
        scene.chain.save()
        scene.chain = deployment.deploy(scene.client, scene.signer).chain
        token = scene.faulty_token()
        people = scene.earners(3, scene.funded(token=token))
        scene.block_recipient(token, people[0].wallets.get().address)
        scene.mint(token, scene.chain.settlement_address, 10**9)  # a payment too many does not fail for lack of money
        scene.settle()
        for _ in range(3):
            scene.go_on(12)
            lose_rows(kind="pay")
        scene.go_on()
        paid_now = [scene.on_chain(person.wallets.get().address, token) for person in people]
    finally:
        artifacts.load_artifact.cache_clear()

    assert paid_now == [0, 1_001, 1_002]
