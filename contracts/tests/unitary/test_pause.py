import pytest

from contracts.tests.harness import DAY, Reverted


@pytest.fixture(params=["Escrow", "Settlement"])
def contract(request, escrow, settlement):
    """Both have roles and a pause of their own."""
    return escrow if request.param == "Escrow" else settlement


def test_a_pause_ends_by_itself(contract, guardian, chain):
    sent = contract.pause(sender=guardian)

    assert contract.events(sent) == [("Paused", guardian, chain.now() + 3 * DAY)]
    assert contract.paused() is True
    chain.pass_time(3 * DAY)
    assert contract.paused() is False


def test_the_admin_may_pause_too(contract, admin):
    contract.pause(sender=admin)

    assert contract.paused() is True


def test_pause_refuses_operator_and_outsider(contract, operator, attacker):
    for sender in (operator, attacker):
        with pytest.raises(Reverted, match="not guardian"):
            contract.pause(sender=sender)


def test_a_pause_cannot_be_renewed_before_it_has_rested(contract, guardian, chain):
    contract.pause(sender=guardian)
    for seconds in (0, 3 * DAY, 3 * DAY - 60):
        chain.pass_time(seconds)
        with pytest.raises(Reverted, match="pause rests"):
            contract.pause(sender=guardian)
    chain.pass_time(60)

    contract.pause(sender=guardian)

    assert contract.paused() is True


def test_unpause_ends_it_early_and_starts_the_rest(contract, guardian, admin, chain):
    contract.pause(sender=guardian)

    sent = contract.unpause(sender=admin)

    assert contract.events(sent) == [("Unpaused", admin)]
    assert contract.paused() is False
    with pytest.raises(Reverted, match="pause rests"):
        contract.pause(sender=guardian)
    chain.pass_time(3 * DAY)
    contract.pause(sender=guardian)


def test_unpause_refuses_when_nothing_is_paused(contract, guardian):
    with pytest.raises(Reverted, match="not paused"):
        contract.unpause(sender=guardian)


def test_unpause_refuses_operator_and_outsider(contract, guardian, operator, attacker):
    contract.pause(sender=guardian)

    for sender in (operator, attacker):
        with pytest.raises(Reverted, match="not guardian"):
            contract.unpause(sender=sender)
