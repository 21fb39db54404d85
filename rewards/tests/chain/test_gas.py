"""The formulas against a real chain: always enough, and a capped transaction holds the longest run."""

import pytest

from rewards.chain import calldata, gas, reads
from rewards.chain.calldata import Due
from rewards.chain.epoch_tree import Credit, EpochTree, Payment


@pytest.mark.parametrize("count", [1, 2, 100, 512])
def test_pay_gas_is_enough_for_recipients_who_never_held_the_token(client, addresses, operator, count):
    token, settlement = addresses.test_token, addresses.settlement
    accounts = [f"0x{0xDEAD0000 + number:040x}" for number in range(count)]
    operator.send(token, calldata.mint(settlement, 10**12))
    credits = [Credit(account, token, 1) for account in accounts]
    payments = [Payment(account, 10**6) for account in accounts]
    tree = EpochTree(chain_id=31337, settlement=settlement, epoch=1, payments={token: payments}, credits=credits)
    operator.send(settlement, calldata.propose(epoch=1, root=tree.root, batch=tree.batch_id, uri_hash=bytes(32)))
    (run,) = tree.runs()
    given = gas.pay_gas(count, len(run.proof))

    receipt = operator.send(settlement, calldata.pay(run), gas=given)

    assert all(reads.paid_flags(client, settlement, 1, 0, count))
    assert receipt.gas_used < given
    assert given < 2.2 * receipt.gas_used


def test_the_longest_run_fits_under_the_transaction_cap():
    assert gas.max_run() == 512
    assert gas.max_run(per_recipient=45_000) == 256
    assert gas.pay_gas(gas.max_run()) <= gas.TRANSACTION_CAP
    assert gas.max_run(30_000_000) == 512
    assert gas.max_run(1_000_000) == 16
    with pytest.raises(ValueError, match="Not even one"):
        gas.max_run(100_000)


def test_the_longest_release_fits_under_the_transaction_cap():
    assert gas.max_dues() == 221
    assert gas.release_gas(gas.max_dues()) <= gas.TRANSACTION_CAP
    assert gas.max_dues(60_000_000) == 256


def test_the_other_formulas_are_enough(client, addresses, operator, project_owner, worker):
    token, escrow, settlement = addresses.test_token, addresses.escrow, addresses.settlement
    keys = []
    project_owner.send(token, calldata.mint(project_owner.address, 10**6))
    project_owner.send(token, calldata.approve(escrow, 10**6))
    for number in range(100):
        data = calldata.open_project(salt=bytes([number]) * 32, token=token, amount=1_000, fee_bps=500, cap=10**6)
        project_owner.send(escrow, data)
        keys.append(calldata.project_key(project_owner.address, bytes([number]) * 32))
    credits = [Credit(worker.address, token, 100)]
    tree = EpochTree(chain_id=31337, settlement=settlement, epoch=1, payments={}, credits=credits)
    dues = [Due(key, 100) for key in keys]

    for to, data, given in (
        (escrow, calldata.release(batch=bytes(32), token=token, dues=dues[:1]), gas.release_gas(1)),
        (escrow, calldata.release(batch=bytes(32), token=token, dues=dues), gas.release_gas(100)),
        (
            settlement,
            calldata.propose(epoch=1, root=tree.root, batch=tree.batch_id, uri_hash=bytes(32)),
            gas.PROPOSE,
        ),
        (settlement, calldata.activate(), gas.ACTIVATE),
        (settlement, calldata.claim(tree.claim(worker.address, token)), gas.claim_gas(0)),
        (escrow, calldata.close(keys[0]), gas.CLOSE),
        (escrow, calldata.refund(keys[0]), gas.REFUND),
    ):
        assert operator.send(to, data, gas=given).succeeded
