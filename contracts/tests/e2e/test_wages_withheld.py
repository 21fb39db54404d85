"""The harm: somebody keeps contributors or clients from their money."""

import pytest

from contracts.tests.harness import DAY, Reverted
from contracts.tests.scenes import BATCH, claim, make_live, make_tree, open_project, pay


def test_one_blocked_recipient_does_not_hold_up_the_run(settlement, faulty, operator, outsider, worker, other_worker):
    faulty.mint(settlement.address, 10, sender=outsider)
    faulty.set_blocked(worker, True, sender=outsider)
    tree = make_tree(settlement, 1, {faulty.address: [(worker, 5), (other_worker, 5)]})
    make_live(settlement, tree, operator)

    pay(settlement, tree.run(0, 2), outsider)

    assert faulty.balanceOf(other_worker) == 5


def test_starving_a_run_of_gas_marks_nobody_as_paid(settlement, token, operator, outsider, attacker):
    accounts = [f"0x{9_000_000 + number:040x}" for number in range(60)]
    token.mint(settlement.address, 300, sender=outsider)
    tree = make_tree(settlement, 1, {token.address: [(account, 5) for account in accounts]})
    make_live(settlement, tree, operator)
    run = tree.run(0, 60)

    for gas in (300_000, 500_000, 700_000, 900_000, 1_100_000):
        try:
            pay(settlement, run, attacker, gas=gas)
        except Reverted:
            continue
    paid = settlement.paid(1, 0)
    for number, account in enumerate(accounts):
        assert token.balanceOf(account) == (5 if paid >> number & 1 else 0)

    pay(settlement, run, outsider)

    assert all(token.balanceOf(account) == 5 for account in accounts)


def test_a_hostile_guardian_freezes_claims_for_half_the_time_at_most(
    settlement, token, operator, guardian, worker, chain
):
    token.mint(settlement.address, 5, sender=worker)
    tree = make_tree(settlement, 1, {}, [(worker, token.address, 5)])
    make_live(settlement, tree, operator)
    settlement.pause(sender=guardian)
    chain.pass_time(3 * DAY)
    with pytest.raises(Reverted, match="pause rests"):
        settlement.pause(sender=guardian)

    claim(settlement, tree, worker, token.address, worker)

    assert token.balanceOf(worker) == 5


def test_earnings_stay_claimable_when_the_platform_is_gone(settlement, token, operator, guardian, worker, chain):
    token.mint(settlement.address, 5, sender=worker)
    tree = make_tree(settlement, 1, {}, [(worker, token.address, 5)])
    make_live(settlement, tree, operator)
    settlement.revoke_operator(sender=guardian)
    chain.pass_time(3650 * DAY)

    claim(settlement, tree, worker, token.address, worker)

    assert token.balanceOf(worker) == 5


def test_nobody_can_take_the_project_key_of_another_client(escrow, token, attacker, project_owner):
    salt = b"\x5a" * 32
    open_project(escrow, token, attacker, salt=salt)

    key = open_project(escrow, token, project_owner, salt=salt)

    assert escrow.projects(key)[0] == project_owner


def test_one_project_cannot_spend_anothers_money(escrow, token, operator, attacker, project_owner):
    open_project(escrow, token, project_owner, amount=5_000)
    small = open_project(escrow, token, attacker, amount=10)

    sent = escrow.release(BATCH, token.address, [(small, 11)], sender=operator)

    assert escrow.events(sent) == [("Unreleased", BATCH, small, 11, 2)]
    assert token.balanceOf(escrow.address) == 5_010


def test_reentering_a_refund_pays_once(escrow, faulty, operator, project_owner, outsider):
    key = open_project(escrow, faulty, project_owner)
    open_project(escrow, faulty, outsider)
    escrow.close(key, sender=operator)
    faulty.set_reentry(escrow.address, escrow.data("refund", key), sender=outsider)

    escrow.refund(key, sender=outsider)

    assert faulty.reentered() is False
    assert faulty.balanceOf(project_owner) == 1_000


def test_depositing_twice_by_reentry_counts_once(escrow, faulty, project_owner, outsider):
    key = open_project(escrow, faulty, project_owner)
    faulty.mint(project_owner, 50, sender=outsider)
    faulty.approve(escrow.address, 50, sender=project_owner)
    faulty.set_reentry(escrow.address, escrow.data("top_up", key, 50), sender=outsider)

    escrow.top_up(key, 50, sender=project_owner)

    assert faulty.reentered() is False
    assert escrow.projects(key)[4] == faulty.balanceOf(escrow.address) == 1_050
