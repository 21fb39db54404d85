"""The harm: a thief holds the operator's key."""

import pytest

from contracts.tests.harness import DAY, HALF_HOUR, Reverted
from contracts.tests.scenes import BATCH, claim, make_live, make_tree, open_project, pay, propose


def test_a_watching_guardian_loses_nothing(
    escrow, settlement, token, operator, guardian, attacker, project_owner, admin, successor, chain
):
    key = open_project(escrow, token, project_owner, amount=10_000, cap=100)
    # The thief releases up to the client's daily cap, and proposes a root that pays the thief.
    escrow.release(BATCH, token.address, [(key, 9_000)], sender=operator)
    assert token.balanceOf(settlement.address) == 0
    escrow.release(BATCH, token.address, [(key, 95)], sender=operator)
    tree = make_tree(settlement, 1, {}, [(attacker, token.address, 95)])
    propose(settlement, tree, operator)

    for contract in (escrow, settlement):
        contract.revoke_operator(sender=guardian)
    settlement.veto(1, sender=guardian)
    chain.pass_time(HALF_HOUR)
    settlement.activate(sender=attacker)

    with pytest.raises(Reverted, match="proof"):
        claim(settlement, tree, attacker, token.address, attacker)
    for contract in (escrow, settlement):
        contract.nominate(2, successor, sender=admin)
        contract.accept(2, sender=successor)
    honest = make_tree(settlement, 2, {}, [(project_owner, token.address, 95)])
    make_live(settlement, honest, successor)
    claim(settlement, honest, project_owner, token.address, successor)
    assert token.balanceOf(attacker) == 0


def test_a_guardian_who_wakes_after_activation_pauses_and_pushes_the_bad_root_out(
    escrow, settlement, token, operator, guardian, admin, attacker, worker, successor, project_owner, chain
):
    key = open_project(escrow, token, project_owner)
    escrow.release(BATCH, token.address, [(key, 900)], sender=operator)
    bad = make_tree(settlement, 1, {token.address: [(attacker, 400)]}, [(attacker, token.address, 500)])
    make_live(settlement, bad, operator)

    settlement.pause(sender=guardian)
    settlement.revoke_operator(sender=guardian)
    settlement.nominate(2, successor, sender=admin)
    settlement.accept(2, sender=successor)
    for epoch in (2, 3):
        good = make_tree(settlement, epoch, {}, [(worker, token.address, 898 + epoch)])
        make_live(settlement, good, successor)
    assert settlement.paused() is True
    settlement.unpause(sender=guardian)

    run = bad.run(0, 1)
    with pytest.raises(Reverted, match="proof"):
        pay(settlement, run, attacker)
    with pytest.raises(Reverted, match="proof"):
        claim(settlement, bad, attacker, token.address, attacker)


def test_two_slowest_roots_fit_into_one_pause(settlement):
    assert 2 * settlement.MAX_DELAY() < settlement.PAUSE_SECONDS()


def test_closing_every_project_only_sends_the_money_home(escrow, token, operator, attacker, project_owner):
    key = open_project(escrow, token, project_owner)

    escrow.close(key, sender=operator)
    escrow.refund(key, sender=attacker)

    assert token.balanceOf(project_owner) == 1_000


def test_a_stolen_admin_key_cannot_replace_the_guardian_unseen(settlement, admin, attacker, guardian, operator, chain):
    settlement.nominate(2, attacker, sender=admin)
    settlement.accept(2, sender=attacker)
    settlement.nominate(4, operator, sender=admin)
    chain.pass_time(DAY)

    with pytest.raises(Reverted, match="too early"):
        settlement.accept(4, sender=operator)
    settlement.revoke_operator(sender=guardian)

    assert settlement.guardian() == guardian
