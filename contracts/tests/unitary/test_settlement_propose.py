import pytest

from contracts.tests.harness import HALF_HOUR, Reverted
from contracts.tests.scenes import NO_URI, make_tree, propose

ROOT = b"\x11" * 32
BATCH = b"\x22" * 32


def test_propose_makes_a_root_pending(settlement, operator, chain):
    sent = settlement.propose(1, ROOT, BATCH, b"\x33" * 32, sender=operator)

    ready_at = chain.now() + HALF_HOUR
    assert settlement.events(sent) == [("RootProposed", 1, BATCH, ROOT, b"\x33" * 32, ready_at)]
    assert settlement.pending() == ROOT
    assert settlement.root() == bytes(32)
    assert settlement.batch_epoch(BATCH) == 1


def test_propose_refuses_everyone_but_the_operator(settlement, admin, guardian, attacker):
    for sender in (admin, guardian, attacker):
        with pytest.raises(Reverted, match="not operator"):
            settlement.propose(1, ROOT, BATCH, NO_URI, sender=sender)


def test_propose_refuses_an_empty_root(settlement, operator):
    with pytest.raises(Reverted, match="no root"):
        settlement.propose(1, bytes(32), BATCH, NO_URI, sender=operator)


def test_propose_refuses_a_second_root_while_one_is_pending(settlement, operator):
    settlement.propose(1, ROOT, BATCH, NO_URI, sender=operator)

    with pytest.raises(Reverted, match="pending"):
        settlement.propose(2, ROOT, b"\x44" * 32, NO_URI, sender=operator)


def test_propose_refuses_a_batch_that_landed_before(settlement, operator, chain):
    settlement.propose(1, ROOT, BATCH, NO_URI, sender=operator)
    chain.pass_time(HALF_HOUR)

    with pytest.raises(Reverted, match="batch done"):
        settlement.propose(2, ROOT, BATCH, NO_URI, sender=operator)


def test_propose_refuses_a_skipped_or_used_epoch(settlement, operator):
    for epoch in (0, 2):
        with pytest.raises(Reverted, match="epoch"):
            settlement.propose(epoch, ROOT, BATCH, NO_URI, sender=operator)


def test_propose_activates_a_ready_root_first(settlement, operator, chain):
    settlement.propose(1, ROOT, BATCH, NO_URI, sender=operator)
    chain.pass_time(HALF_HOUR)

    settlement.propose(2, b"\x55" * 32, b"\x44" * 32, NO_URI, sender=operator)

    assert settlement.root() == ROOT
    assert settlement.live() == 1
    assert settlement.pending() == b"\x55" * 32


def test_propose_without_delay_is_active_at_once(chain, admin, operator, guardian, worker, token):
    settlement = chain.deploy("Settlement", admin, operator, guardian, 0)
    tree = make_tree(settlement, 1, {token.address: [(worker, 5)]})

    propose(settlement, tree, operator)

    assert settlement.root() == tree.root


def test_propose_works_while_paused_so_that_a_bad_root_can_be_pushed_out(settlement, operator, guardian):
    settlement.pause(sender=guardian)

    settlement.propose(1, ROOT, BATCH, NO_URI, sender=operator)

    assert settlement.pending() == ROOT
