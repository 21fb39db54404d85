import pytest

from contracts.tests.harness import HALF_HOUR, Reverted
from contracts.tests.scenes import NO_URI

ROOT = b"\x11" * 32


def test_veto_throws_the_pending_root_away(settlement, operator, guardian, outsider, chain):
    settlement.propose(1, ROOT, ROOT, NO_URI, sender=operator)

    sent = settlement.veto(1, sender=guardian)

    chain.pass_time(HALF_HOUR)
    settlement.activate(sender=outsider)
    assert settlement.events(sent) == [("RootVetoed", 1, ROOT, guardian)]
    assert settlement.root() == bytes(32)


def test_veto_by_the_admin_works_too(settlement, operator, admin):
    settlement.propose(1, ROOT, ROOT, NO_URI, sender=operator)

    settlement.veto(1, sender=admin)

    assert settlement.pending() == bytes(32)


def test_veto_still_works_after_the_delay_until_somebody_activates(settlement, operator, guardian, chain):
    settlement.propose(1, ROOT, ROOT, NO_URI, sender=operator)
    chain.pass_time(HALF_HOUR)

    settlement.veto(1, sender=guardian)

    assert settlement.pending() == bytes(32)


def test_veto_refuses_operator_and_outsider(settlement, operator, attacker):
    settlement.propose(1, ROOT, ROOT, NO_URI, sender=operator)

    for sender in (operator, attacker):
        with pytest.raises(Reverted, match="not guardian"):
            settlement.veto(1, sender=sender)


def test_veto_refuses_when_nothing_is_pending(settlement, guardian):
    with pytest.raises(Reverted, match="nothing pending"):
        settlement.veto(0, sender=guardian)


def test_veto_refuses_another_epoch_than_the_one_meant(settlement, operator, guardian):
    settlement.propose(1, ROOT, ROOT, NO_URI, sender=operator)

    with pytest.raises(Reverted, match="epoch"):
        settlement.veto(2, sender=guardian)


def test_a_vetoed_epoch_stays_used(settlement, operator, guardian):
    settlement.propose(1, ROOT, ROOT, NO_URI, sender=operator)
    settlement.veto(1, sender=guardian)

    with pytest.raises(Reverted, match="epoch"):
        settlement.propose(1, ROOT, b"\x12" * 32, NO_URI, sender=operator)
    settlement.propose(2, ROOT, b"\x12" * 32, NO_URI, sender=operator)

    assert settlement.epoch() == 2
