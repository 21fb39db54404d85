import pytest

from contracts.tests.harness import DAY, ZERO, Reverted

ADMIN, OPERATOR, GUARDIAN = 1, 2, 4


@pytest.fixture(params=["Escrow", "Settlement"])
def contract(request, escrow, settlement):
    """Both have roles and a pause of their own."""
    return escrow if request.param == "Escrow" else settlement


def test_a_contract_starts_with_its_three_roles(escrow, settlement, admin, operator, guardian):
    for contract in (escrow, settlement):
        assert (contract.admin(), contract.operator(), contract.guardian()) == (admin, operator, guardian)


def test_a_contract_refuses_to_start_without_a_role_or_with_one_watching_itself(
    chain, settlement, admin, operator, guardian, treasury
):
    for roles, reason in (
        ((ZERO, operator, guardian), "no admin"),
        ((admin, ZERO, guardian), "no operator"),
        ((admin, operator, ZERO), "no guardian"),
        ((admin, operator, operator), "operator is guardian"),
    ):
        with pytest.raises(Reverted, match=reason):
            chain.deploy("Settlement", *roles, 0)
        with pytest.raises(Reverted, match=reason):
            chain.deploy("Escrow", *roles, settlement.address, treasury, 0)


def test_settlement_refuses_a_delay_of_more_than_a_day(chain, admin, operator, guardian):
    with pytest.raises(Reverted, match="delay"):
        chain.deploy("Settlement", admin, operator, guardian, DAY + 1)


def test_escrow_refuses_a_settlement_without_code_no_treasury_and_a_long_notice(
    chain, settlement, admin, operator, guardian, treasury, attacker
):
    for last, reason in (
        ((attacker, treasury, 0), "no settlement"),
        ((settlement.address, ZERO, 0), "no treasury"),
        ((settlement.address, treasury, 30 * DAY + 1), "notice"),
    ):
        with pytest.raises(Reverted, match=reason):
            chain.deploy("Escrow", admin, operator, guardian, *last)


def test_an_operator_takes_over_in_two_steps(contract, admin, operator, successor, chain):
    sent = contract.nominate(OPERATOR, successor, sender=admin)
    assert contract.events(sent) == [("Nominated", OPERATOR, successor, chain.now())]
    assert contract.operator() == operator

    sent = contract.accept(OPERATOR, sender=successor)

    assert contract.events(sent) == [("RoleMoved", OPERATOR, successor, operator)]
    assert contract.operator() == successor
    assert contract.nominee(OPERATOR) == ZERO


def test_the_admin_role_moves_the_same_way(contract, admin, successor):
    contract.nominate(ADMIN, successor, sender=admin)
    assert contract.admin() == admin

    contract.accept(ADMIN, sender=successor)

    assert contract.admin() == successor
    with pytest.raises(Reverted, match="not admin"):
        contract.nominate(ADMIN, admin, sender=admin)


def test_a_guardian_can_take_over_only_after_three_days(contract, admin, guardian, successor, chain):
    contract.nominate(GUARDIAN, successor, sender=admin)
    with pytest.raises(Reverted, match="too early"):
        contract.accept(GUARDIAN, sender=successor)
    chain.pass_time(3 * DAY)

    contract.accept(GUARDIAN, sender=successor)

    assert contract.guardian() == successor


def test_nominate_refuses_everyone_but_the_admin(contract, operator, guardian, attacker):
    for sender in (operator, guardian, attacker):
        with pytest.raises(Reverted, match="not admin"):
            contract.nominate(OPERATOR, sender, sender=sender)


def test_nominate_refuses_several_roles_at_once(contract, admin, successor):
    for role in (0, ADMIN | OPERATOR, OPERATOR | GUARDIAN):
        with pytest.raises(Reverted, match="one role"):
            contract.nominate(role, successor, sender=admin)


def test_accept_refuses_who_was_not_nominated_or_no_longer_is(contract, admin, successor, attacker):
    contract.nominate(OPERATOR, successor, sender=admin)
    with pytest.raises(Reverted, match="not nominee"):
        contract.accept(OPERATOR, sender=attacker)
    with pytest.raises(Reverted, match="not nominee"):
        contract.accept(ADMIN, sender=successor)

    contract.nominate(OPERATOR, ZERO, sender=admin)

    with pytest.raises(Reverted, match="not nominee"):
        contract.accept(OPERATOR, sender=successor)


def test_operator_and_guardian_cannot_become_one(contract, admin, operator, guardian, chain):
    contract.nominate(OPERATOR, guardian, sender=admin)
    with pytest.raises(Reverted, match="operator is guardian"):
        contract.accept(OPERATOR, sender=guardian)

    contract.nominate(GUARDIAN, operator, sender=admin)
    chain.pass_time(3 * DAY)

    with pytest.raises(Reverted, match="operator is guardian"):
        contract.accept(GUARDIAN, sender=operator)


def test_guardian_and_admin_revoke_the_operator_at_once(escrow, settlement, admin, operator, guardian):
    escrow.revoke_operator(sender=guardian)
    settlement.revoke_operator(sender=admin)

    assert escrow.operator() == settlement.operator() == ZERO
    with pytest.raises(Reverted, match="not operator"):
        settlement.propose(1, b"\x01" * 32, b"\x01" * 32, bytes(32), sender=operator)


def test_revoking_drops_the_nominee_too(contract, admin, guardian, attacker):
    contract.nominate(OPERATOR, attacker, sender=admin)

    contract.revoke_operator(sender=guardian)

    with pytest.raises(Reverted, match="not nominee"):
        contract.accept(OPERATOR, sender=attacker)


def test_revoke_operator_refuses_operator_and_outsider(contract, operator, attacker):
    for sender in (operator, attacker):
        with pytest.raises(Reverted, match="not guardian"):
            contract.revoke_operator(sender=sender)
