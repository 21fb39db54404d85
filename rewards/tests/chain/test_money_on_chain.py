"""The whole way of the money through calldata, reads and events: open, release, propose, pay, claim, refund."""

import os

import pytest

from rewards.chain import calldata, events, gas, reads
from rewards.chain.calldata import Due
from rewards.chain.epoch_tree import Claim, Credit, EpochTree, Payment
from rewards.chain.errors import ChainRejected

SALT = b"\x05" * 32
BATCH = b"\x06" * 32
BLOCKED = "0x" + "b1" * 20


@pytest.fixture
def key(client, addresses, project_owner):
    """10,000 minor units in escrow at a fee of 5%."""
    token = addresses.test_token
    project_owner.send(token, calldata.mint(project_owner.address, 10_000))
    project_owner.send(token, calldata.approve(addresses.escrow, 10_000))
    data = calldata.open_project(salt=SALT, token=token, amount=10_000, fee_bps=500, cap=9_000)
    assert project_owner.send(addresses.escrow, data).succeeded
    return calldata.project_key(project_owner.address, SALT)


def without_places(found: list[events.ChainEvent]) -> list[tuple]:
    return [
        (type(event).__name__, *(getattr(event, name) for name in event.__dataclass_fields__ if name != "at"))
        for event in found
        if not isinstance(event, events.RoleMoved)
    ]


def test_an_opened_project_reads_back(client, addresses, project_owner, key):
    project = reads.escrow_project(client, addresses.escrow, key)

    assert project.client == project_owner.address
    assert (project.funded, project.left, project.fee_bps, project.cap) == (10_000, 10_000, 500, 9_000)
    assert reads.escrow_held(client, addresses.escrow, addresses.test_token) == 10_000
    assert reads.escrow_project(client, addresses.escrow, bytes(32)) is None


def test_the_way_of_the_money_is_told_by_events(client, addresses, operator, project_owner, worker, key):
    token, escrow, settlement = addresses.test_token, addresses.escrow, addresses.settlement
    operator.send(escrow, calldata.release(batch=BATCH, token=token, dues=[Due(key, 3_000)]))
    tree = EpochTree(
        chain_id=31337,
        settlement=settlement,
        epoch=1,
        payments={token: [Payment(worker.address, 1_000)]},
        credits=[Credit(worker.address, token, 2_000)],
    )
    uri_hash = os.urandom(32)
    operator.send(settlement, calldata.propose(epoch=1, root=tree.root, batch=tree.batch_id, uri_hash=uri_hash))
    operator.send(settlement, calldata.pay(tree.run(0, 1)))
    operator.send(settlement, calldata.claim(tree.claim(worker.address, token)))
    project_owner.send(escrow, calldata.close(key))
    closed_at = client.block().timestamp
    operator.send(escrow, calldata.refund(key))

    last = client.block_number()
    owner = project_owner.address
    ready_at = next(
        event.ready_at
        for event in client.settlement_events(settlement, 0, last)
        if isinstance(event, events.RootProposed)
    )
    assert without_places(client.escrow_events(escrow, 0, last)) == [
        ("Opened", key, owner, token, SALT, 500, 9_000),
        ("Funded", key, owner, 10_000, 10_000),
        ("Released", BATCH, key, 3_000, 150, 3_000),
        ("Closing", key, owner, closed_at),
        ("Refunded", key, owner, 6_850),
    ]
    assert without_places(client.settlement_events(settlement, 0, last)) == [
        ("RootProposed", 1, tree.batch_id, tree.root, uri_hash, ready_at),
        ("RootActive", 1, tree.root),
        ("RunPaid", 1, token, 0, 1, 0),
        ("Claimed", worker.address, token, worker.address, 2_000, 2_000),
    ]
    assert [event.value for event in client.transfers([token], 0, last, sender=settlement)] == [1_000, 2_000]
    assert [event.value for event in client.transfers([token], 0, last, receiver=settlement)] == [3_000]
    assert reads.token_balance(client, token, worker.address) == 3_000
    assert reads.claimed(client, settlement, worker.address, token) == 2_000
    assert reads.batch_epoch(client, settlement, tree.batch_id) == 1
    assert reads.paid_word(client, settlement, 1, 0) == 1
    assert reads.spent_today(client, escrow, key) in (3_150, 0)
    assert reads.fees_due(client, escrow, token) == 0


def test_events_stand_at_a_block_that_the_chain_still_has(client, addresses, key):
    last = client.block_number()

    found = client.escrow_events(addresses.escrow, 0, last)

    assert all(client.block_hash(event.at.block_number) == event.at.block_hash for event in found)
    assert client.escrow_events(addresses.escrow, last + 1, last) == []


def test_a_reorganisation_takes_events_and_receipts_away(client, addresses, project_owner, key, devchain):
    receipt = project_owner.send(addresses.escrow, calldata.close(key))

    devchain.rpc("anvil_reorg", 1, [])

    found = client.escrow_events(addresses.escrow, 0, client.block_number())
    assert not any(isinstance(event, events.Closing) for event in found)
    assert client.receipt(receipt.transaction_hash) is None
    assert client.block_hash(receipt.block_number) != receipt.block_hash


def test_paid_flags_follow_a_run_across_words_and_name_the_skipped(
    client, addresses, operator, worker, deploy_test_contract
):
    token, settlement = deploy_test_contract("FaultyToken"), addresses.settlement
    accounts = [f"0x{0xABC000 + number:040x}" for number in range(300)]
    payments = [Payment(account, 5) for account in accounts]
    tree = EpochTree(chain_id=31337, settlement=settlement, epoch=1, payments={token: payments})
    operator.send(settlement, calldata.propose(epoch=1, root=tree.root, batch=tree.batch_id, uri_hash=bytes(32)))
    # The settlement holds enough for 270 of 300.
    operator.send(token, calldata.mint(settlement, 270 * 5))
    (run,) = tree.runs()

    receipt = operator.send(settlement, calldata.pay(run), gas=gas.pay_gas(300, len(run.proof)))

    assert receipt.succeeded
    assert reads.paid_flags(client, settlement, 1, 0, 300) == [True] * 270 + [False] * 30
    assert reads.paid_flags(client, settlement, 1, 255, 20) == [True] * 15 + [False] * 5


def test_status_follows_a_proposal_through_its_life(client, addresses, operator, guardian):
    settlement = addresses.settlement
    before = reads.settlement_status(client, settlement)
    for epoch in (1, 2, 3):
        root = bytes([epoch]) * 32
        operator.send(settlement, calldata.propose(epoch=epoch, root=root, batch=root, uri_hash=bytes(32)))

    status = reads.settlement_status(client, settlement)

    assert (before.epoch, before.has_pending, before.is_payable(0)) == (0, False, False)
    assert (status.epoch, status.live, status.previous_epoch) == (3, 3, 2)
    assert [status.is_payable(epoch) for epoch in (1, 2, 3, 4)] == [False, True, True, False]
    assert [status.is_expired(epoch) for epoch in (1, 2, 3, 4)] == [True, False, False, False]
    guardian.send(settlement, calldata.pause())
    assert reads.settlement_status(client, settlement).is_paused


def test_a_claim_can_be_sent_elsewhere_by_the_account_itself(client, addresses, operator, worker):
    token, settlement = addresses.test_token, addresses.settlement
    operator.send(token, calldata.mint(settlement, 50))
    tree = EpochTree(
        chain_id=31337, settlement=settlement, epoch=1, payments={}, credits=[Credit(worker.address, token, 50)]
    )
    operator.send(settlement, calldata.propose(epoch=1, root=tree.root, batch=tree.batch_id, uri_hash=bytes(32)))
    claim = tree.claim(worker.address, token)

    worker.send(settlement, calldata.claim_to(BLOCKED, claim))

    assert reads.token_balance(client, token, BLOCKED) == 50


def test_a_forged_claim_fails_in_simulation(client, addresses, operator, worker):
    forged = Claim(worker.address, addresses.test_token, 50, ())

    with pytest.raises(ChainRejected, match="proof"):
        client.simulate(to=addresses.settlement, data=calldata.claim(forged), sender=worker.address)


def test_metadata_of_something_that_is_no_token_is_refused(client, addresses):
    for address in (addresses.escrow, "0x" + "22" * 20):
        with pytest.raises(ChainRejected):
            reads.token_metadata(client, address)


def test_allowance_and_top_up_and_transfer(client, addresses, project_owner, worker, key):
    token, escrow = addresses.test_token, addresses.escrow
    project_owner.send(token, calldata.mint(project_owner.address, 70))
    project_owner.send(token, calldata.approve(escrow, 50))
    assert reads.token_allowance(client, token, project_owner.address, escrow) == 50

    project_owner.send(escrow, calldata.top_up(key, 50))
    project_owner.send(token, calldata.transfer(worker.address, 20))

    assert reads.escrow_project(client, escrow, key).funded == 10_050
    assert reads.token_balance(client, token, worker.address) == 20


@pytest.mark.parametrize(
    ("mode", "signature", "accepted"),
    [
        (0, bytes(65), True),
        (0, bytes(64), False),
        (1, bytes(65), False),
        (2, bytes(65), False),
        (0, bytes(9_000), False),
    ],
)
def test_a_contract_wallets_signature(client, deploy_test_contract, mode, signature, accepted):
    digest = b"\x77" * 32
    wallet = deploy_test_contract("Wallet1271", digest, mode)

    assert reads.is_valid_signature(client, wallet, digest, signature) is accepted
    assert reads.is_valid_signature(client, wallet, b"\x78" * 32, signature) is False


def test_no_contract_is_no_valid_signature(client):
    assert reads.is_valid_signature(client, "0x" + "22" * 20, b"\x77" * 32, bytes(65)) is False
