"""The harm: one earning is paid twice."""

import pytest

from contracts.tests.harness import Reverted
from contracts.tests.scenes import claim, make_live, make_tree, pay


def test_a_skipped_payment_recredited_in_lane_2_pays_once(settlement, faulty, operator, worker, outsider):
    """Blocked in epoch 1; its root expires; epoch 3 credits the amount; the block is lifted; everything is tried."""
    faulty.mint(settlement.address, 1_000, sender=outsider)
    first = make_tree(settlement, 1, {faulty.address: [(worker, 5), (outsider, 7)]})
    make_live(settlement, first, operator)
    faulty.set_blocked(worker, True, sender=outsider)
    pay(settlement, first.run(0, 2), outsider)
    for epoch in (2, 3):
        later = make_tree(
            settlement, epoch, {}, [(worker, faulty.address, 5)] if epoch == 3 else [(outsider, faulty.address, 1)]
        )
        make_live(settlement, later, operator)
    faulty.set_blocked(worker, False, sender=outsider)

    with pytest.raises(Reverted, match="proof"):
        pay(settlement, first.run(0, 1), outsider)
    claim(settlement, later, worker, faulty.address, outsider)
    claim(settlement, later, worker, faulty.address, worker)

    assert faulty.balanceOf(worker) == 5


def test_a_claim_of_epoch_1_after_epoch_4_pays_once(settlement, token, operator, worker, outsider):
    token.mint(settlement.address, 1_000, sender=outsider)
    trees = [make_tree(settlement, epoch, {}, [(worker, token.address, 50)]) for epoch in (1, 2, 3, 4)]
    for tree in trees:
        make_live(settlement, tree, operator)

    for tree in trees:
        claim(settlement, tree, worker, token.address, outsider)

    assert token.balanceOf(worker) == 50


def test_reentering_from_a_token_pays_once(settlement, faulty, operator, worker, outsider):
    faulty.mint(settlement.address, 1_000, sender=outsider)
    tree = make_tree(settlement, 1, {faulty.address: [(worker, 5)]}, [(worker, faulty.address, 50)])
    make_live(settlement, tree, operator)
    found = tree.claim(worker, faulty.address)
    again = settlement.data("claim", worker, faulty.address, found.cumulative, found.proof)
    faulty.set_reentry(settlement.address, again, sender=outsider)

    pay(settlement, tree.run(0, 1), outsider)
    claim(settlement, tree, worker, faulty.address, outsider)

    assert faulty.reentered() is False
    assert faulty.balanceOf(worker) == 55


def test_a_root_published_on_another_settlement_pays_nobody(
    chain, settlement, token, admin, operator, guardian, worker, outsider
):
    other = chain.deploy("Settlement", admin, operator, guardian, 0)
    token.mint(other.address, 1_000, sender=outsider)
    tree = make_tree(settlement, 1, {token.address: [(worker, 5)]}, [(worker, token.address, 50)])
    other.propose(1, tree.root, tree.batch_id, bytes(32), sender=operator)

    with pytest.raises(Reverted, match="proof"):
        pay(other, tree.run(0, 1), outsider)
    with pytest.raises(Reverted, match="proof"):
        claim(other, tree, worker, token.address, outsider)


def test_an_inner_node_cannot_be_passed_off_as_a_leaf(settlement, token, operator, worker, attacker):
    """A run's words are hashed twice behind its domain: no choice of them is the 64 bytes of an inner node."""
    tree = make_tree(settlement, 1, {token.address: [(worker, 5)]}, [(worker, token.address, 50)])
    make_live(settlement, tree, operator)
    left, right = (int.from_bytes(tree.tree.node(0, at)) for at in (0, 1))

    for words in ((left, right), (right, left), (left,), (int.from_bytes(tree.root),)):
        with pytest.raises(Reverted, match="proof"):
            settlement.pay(1, 0, token.address, words, (), 0, 1, sender=attacker)


def test_a_run_cannot_be_passed_off_as_a_claim_nor_a_claim_as_a_run(settlement, token, operator, worker, attacker):
    """Both leaves have five words when the run has one payment; the first is a hash in one and the chain in the other."""
    tree = make_tree(settlement, 1, {token.address: [(worker, 5)]}, [(worker, token.address, 50)])
    make_live(settlement, tree, operator)
    run, found = tree.run(0, 1), tree.claim(worker, token.address)
    word = int.from_bytes(run.leaf_words)

    with pytest.raises(Reverted, match="proof"):
        settlement.pay(1, 0, token.address, (found.cumulative,), found.proof, 0, 1, sender=attacker)
    with pytest.raises(Reverted, match="proof"):
        settlement.claim(worker, token.address, word, run.proof, sender=attacker)
