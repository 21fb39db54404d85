import pytest

from contracts.tests.harness import DAY, Reverted


def test_a_pause_ends_by_itself(settlement, guardian, chain):
    sent = settlement.pause(sender=guardian)

    assert settlement.events(sent) == [("Paused", guardian, chain.now() + 3 * DAY)]
    assert settlement.paused() is True
    chain.pass_time(3 * DAY)
    assert settlement.paused() is False


def test_the_admin_may_pause_too(escrow, admin):
    escrow.pause(sender=admin)

    assert escrow.paused() is True


def test_pause_refuses_operator_and_outsider(settlement, operator, attacker):
    for sender in (operator, attacker):
        with pytest.raises(Reverted, match="not guardian"):
            settlement.pause(sender=sender)


def test_a_pause_cannot_be_renewed_before_it_has_rested(settlement, guardian, chain):
    settlement.pause(sender=guardian)
    for seconds in (0, 3 * DAY, 3 * DAY - 60):
        chain.pass_time(seconds)
        with pytest.raises(Reverted, match="pause rests"):
            settlement.pause(sender=guardian)
    chain.pass_time(60)

    settlement.pause(sender=guardian)

    assert settlement.paused() is True


def test_unpause_ends_it_early_and_starts_the_rest(settlement, guardian, admin, chain):
    settlement.pause(sender=guardian)

    sent = settlement.unpause(sender=admin)

    assert settlement.events(sent) == [("Unpaused", admin)]
    assert settlement.paused() is False
    with pytest.raises(Reverted, match="pause rests"):
        settlement.pause(sender=guardian)
    chain.pass_time(3 * DAY)
    settlement.pause(sender=guardian)


def test_unpause_refuses_when_nothing_is_paused(settlement, guardian):
    with pytest.raises(Reverted, match="not paused"):
        settlement.unpause(sender=guardian)


def test_unpause_refuses_operator_and_outsider(settlement, guardian, operator, attacker):
    settlement.pause(sender=guardian)

    for sender in (operator, attacker):
        with pytest.raises(Reverted, match="not guardian"):
            settlement.unpause(sender=sender)
