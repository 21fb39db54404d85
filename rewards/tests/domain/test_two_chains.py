"""Two chains side by side: both settle at the same time, and nothing that is meant for one does anything on the other."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from contracts.scripts.devchain import start_devchain
from contracts.tests.harness import Reverted
from rewards import tasks
from rewards.chain import calldata
from rewards.chain.configuration import ChainSettings
from rewards.chain.errors import ChainRejected, Reason
from rewards.chain.reads import escrow_project, settlement_status
from rewards.domain import leaf_file
from rewards.domain.reconciliation import reconcile
from rewards.models import ChainAttempt, ChainIntent, Incident, Payout, SettlementBatch
from rewards.tests.factories import earn, make_earner
from rewards.tests.scenes import Scene

OTHER_ID = 1337


@pytest.fixture
def two(scene, settings) -> Iterator[tuple[Scene, Scene]]:
    with start_devchain(chain_id=OTHER_ID) as devchain:
        settings.CHAINS = {OTHER_ID: ChainSettings(chain_id=OTHER_ID, name="Other", rpc_urls=(devchain.url,))}
        # The same key with the same nonces, hence the same addresses: only the chain's id keeps the two apart.
        other = Scene(devchain, chain_id=OTHER_ID, signer=scene.signer)
        assert other.chain.settlement_address == scene.chain.settlement_address
        yield scene, other


def test_both_settle_at_the_same_time(two):
    people = [make_earner() for _ in range(5)]
    for place in two:
        earn(place.funded(), {person: 1_000 + i for i, person in enumerate(people)})
        place.settle()
    threads = [threading.Thread(target=_in_thread, args=(place,)) for place in two]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)

    for place in two:
        assert SettlementBatch.objects.get(chain=place.chain).state == SettlementBatch.State.FINAL, place.stuck()
        for i, person in enumerate(people):
            assert place.on_chain(person.wallets.get().address) == 1_000 + i
        place.mine()
        place.index()
        done = reconcile(place.chain, place.client)
        assert done is not None
        assert done.is_sound, list(Incident.objects.values())
    assert Payout.objects.filter(state=Payout.State.PAID).count() == 10
    assert {batch.epoch for batch in SettlementBatch.objects.all()} == {1}
    assert SettlementBatch.objects.values("batch_key").distinct().count() == 2


def _in_thread(place: Scene) -> None:
    try:
        place.go_on()
    finally:
        connection.close()


def test_a_signed_transaction_of_one_chain_is_refused_by_the_other(two):
    here, there = two
    here.earners(3)
    here.settle_to_the_end()
    before = there.client.nonce(here.signer.address)

    for attempt in ChainAttempt.objects.filter(intent__chain=here.chain):
        with pytest.raises(ChainRejected) as refused:
            there.client.send_raw(bytes.fromhex(attempt.raw[2:]))
        assert refused.value.reason in {Reason.WRONG_CHAIN, Reason.OTHER}
        there.mine(1)
        assert there.client.receipt(attempt.transaction_hash) is None

    assert there.client.nonce(here.signer.address) == before
    assert ChainAttempt.objects.filter(intent__chain=here.chain).count() >= 3


def test_call_data_of_one_chain_pays_nobody_on_the_other(two):
    """Sent by whoever may send it there, under a root that was proposed there with all rights of the operator."""
    here, there = two
    token = there.token
    people = here.earners(3)
    here.settle_to_the_end()
    # The other chain's Settlement holds money that belongs to somebody else.
    owner = make_earner()
    owner.wallets.all().delete()
    payer = make_earner()
    earn(there.funded(), {owner: 50_000, payer: 1})
    there.settle_to_the_end()
    held = there.on_chain(there.chain.settlement_address)
    assert held == 50_000
    there.rpc("anvil_impersonateAccount", there.signer.address)
    batch = SettlementBatch.objects.get(chain=here.chain)
    tree = leaf_file.tree_of(batch)

    money = [(there.chain.escrow_address, there.on_chain(there.chain.escrow_address)),
             (there.chain.settlement_address, held)]  # fmt: skip
    refused = []
    for intent in ChainIntent.objects.filter(chain=here.chain).order_by("pk"):
        try:
            there.send(intent.to, intent.data, sender=there.signer.address)
        except Reverted as error:
            refused.append((intent.kind, str(error)))
    assert refused == [("propose", "epoch"), ("pay", "proof")]
    # The release went through and passed the unknown project over.
    assert [(place, there.on_chain(place)) for place, _ in money] == money
    # Even when the operator proposes the root of the other chain as its own:
    propose = calldata.propose(epoch=2, root=tree.root, batch=tree.batch_id, uri_hash=bytes(32))
    there.send(there.chain.settlement_address, "0x" + propose.hex(), sender=there.signer.address)
    there.mine()
    for run in tree.runs():
        with pytest.raises(Reverted, match="proof"):
            there.send(there.chain.settlement_address, "0x" + calldata.pay(run).hex())

    assert there.on_chain(there.chain.settlement_address) == held
    assert [there.on_chain(person.wallets.get().address, token) for person in people] == [0, 0, 0]
    assert settlement_status(there.client, there.chain.settlement_address).epoch == 2


def test_a_claim_of_one_chain_is_refused_by_the_other(two):
    here, there = two
    token = here.faulty_token()
    people = here.earners(2, here.funded(token=token))
    blocked = people[0].wallets.get().address
    here.block_recipient(token, blocked)
    for _ in range(4):
        here.settle_to_the_end()
    claim = leaf_file.tree_of(SettlementBatch.objects.filter(chain=here.chain).latest("epoch")).claim(
        blocked, token.address
    )
    assert claim is not None
    there.earners(1)
    there.settle_to_the_end()
    # The same token at the same address, and money of it in the contract.
    there.rpc("anvil_setCode", token.address, "0x" + here.client.code(token.address).hex())
    there.mint(token, there.chain.settlement_address, 10_000)

    with pytest.raises(Reverted, match="proof"):
        there.send(there.chain.settlement_address, "0x" + calldata.claim(claim).hex())


def test_a_release_of_one_chain_knows_no_project_on_the_other(two):
    here, there = two
    escrow = here.funded()
    due = calldata.Due(bytes.fromhex(escrow.chain_key[2:]), 100)
    release = calldata.release(batch=bytes(32), token=there.token.address, dues=[due])
    there.rpc("anvil_impersonateAccount", there.signer.address)

    earned = there.funded()
    locked = there.on_chain(there.chain.escrow_address)
    assert locked == earned.required

    there.send(there.chain.escrow_address, "0x" + release.hex(), sender=there.signer.address)

    assert there.on_chain(there.chain.escrow_address) == locked
    assert there.on_chain(there.chain.settlement_address) == 0
    assert escrow_project(there.client, there.chain.escrow_address, due.project) is None


def test_a_stopped_chain_does_not_stop_the_other(two):
    here, there = two
    here.chain.stopped_reason = "An incident."
    here.chain.save()
    person = make_earner()
    earn(there.funded(), {person: 10})

    assert here.settle() is None
    there.settle_to_the_end()

    assert there.on_chain(person.wallets.get().address) == 10
    assert here.advance() == 0


def test_the_timetables_turns_find_each_chains_own_node(two):
    here, _ = two
    escrows = [place.quoted() for place in two]
    for place, escrow in zip(two, escrows, strict=True):
        place.pay_in(escrow)
        place.mine()

    tasks.index_chain(here.chain.chain_id)
    tasks.index_chain(OTHER_ID)

    for escrow in escrows:
        escrow.refresh_from_db()
    assert [escrow.state for escrow in escrows] == ["funded", "funded"]
