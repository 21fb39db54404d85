"""A token that calls back while it is moved finds every door locked."""

import pytest

from contracts.tests.scenes import BATCH, CAP, SALT, make_live, make_tree, open_project, pay


@pytest.fixture
def key(escrow, faulty, project_owner):
    return open_project(escrow, faulty, project_owner)


DOORS = [
    "open", "open_with_permit", "top_up", "top_up_with_permit", "release", "close", "refund", "collect_fees",
]  # fmt: skip


@pytest.mark.parametrize("name", DOORS)
def test_no_function_of_escrow_can_be_entered_from_a_transfer(escrow, faulty, key, operator, outsider, name):
    terms = (SALT, faulty.address, 1, 0, CAP)
    arguments = {
        "open": terms,
        "open_with_permit": (*terms, 0, 27, bytes(32), bytes(32)),
        "top_up": (key, 1),
        "top_up_with_permit": (key, 1, 0, 27, bytes(32), bytes(32)),
        "release": (BATCH, faulty.address, [(key, 1)]),
        "close": (key,),
        "refund": (key,),
        "collect_fees": (faulty.address,),
    }
    faulty.set_reentry(escrow.address, escrow.data(name, *arguments[name]), sender=outsider)

    escrow.release(BATCH, faulty.address, [(key, 100)], sender=operator)

    assert faulty.reentered() is False
    assert escrow.projects(key)[4:7] == (1_000, 100, 0)


@pytest.mark.parametrize("name", ["pay", "claim", "claim_to"])
def test_no_function_of_settlement_can_be_entered_from_a_transfer(settlement, faulty, operator, worker, outsider, name):
    tree = make_tree(settlement, 1, {faulty.address: [(worker, 5)]}, [(worker, faulty.address, 50)])
    make_live(settlement, tree, operator)
    faulty.mint(settlement.address, 100, sender=outsider)
    run, found = tree.run(0, 1), tree.claim(worker, faulty.address)
    arguments = {
        "pay": (1, 0, faulty.address, [int.from_bytes(run.leaf_words)], run.proof, 0, 1),
        "claim": (worker, faulty.address, found.cumulative, found.proof),
        "claim_to": (outsider, faulty.address, found.cumulative, found.proof),
    }
    faulty.set_reentry(settlement.address, settlement.data(name, *arguments[name]), sender=outsider)

    pay(settlement, run, outsider)

    assert faulty.reentered() is False
    assert faulty.balanceOf(worker) == 5
