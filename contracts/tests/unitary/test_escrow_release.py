import pytest

from contracts.tests.harness import DAY, Reverted
from contracts.tests.scenes import BATCH, open_project

TOKEN, FUNDS, CAP = 1, 2, 4  # Escrow's Refusal


@pytest.fixture
def key(escrow, token, project_owner):
    """1,000 held at a fee of 5%: at most 952 can be earned."""
    return open_project(escrow, token, project_owner)


def test_release_sends_rewards_to_settlement_and_the_fee_to_the_treasury(
    escrow, settlement, token, key, operator, treasury
):
    sent = escrow.release(BATCH, token.address, [(key, 401)], sender=operator)

    assert escrow.events(sent) == [("Released", BATCH, key, 401, 20, 401)]
    assert token.balanceOf(settlement.address) == 401
    assert token.balanceOf(treasury) == 20
    assert escrow.held(token.address) == 579
    assert escrow.spent_today(key) == 421


def test_release_sent_twice_moves_nothing_more(escrow, settlement, token, key, operator):
    escrow.release(BATCH, token.address, [(key, 400)], sender=operator)

    sent = escrow.release(BATCH, token.address, [(key, 400), (key, 399)], sender=operator)

    assert escrow.events(sent) == []
    assert token.balanceOf(settlement.address) == 400


def test_the_fee_is_the_same_however_releases_are_cut(escrow, token, key, operator, treasury):
    for rewarded in (19, 38, 39, 40, 399, 400):
        escrow.release(BATCH, token.address, [(key, rewarded)], sender=operator)

    assert token.balanceOf(treasury) == 400 * 500 // 10_000


def test_release_serves_many_projects_in_one_call(escrow, settlement, token, operator, project_owner):
    keys = [open_project(escrow, token, project_owner, salt=bytes([n]) * 32) for n in range(10, 20)]

    escrow.release(BATCH, token.address, [(key, 10 * n) for n, key in enumerate(keys)], sender=operator)

    assert token.balanceOf(settlement.address) == 450
    assert [escrow.projects(key)[5] for key in keys] == [10 * n for n in range(10)]


def test_release_up_to_the_last_unit_works_and_beyond_is_passed_over(escrow, token, key, operator):
    refused = escrow.release(BATCH, token.address, [(key, 954)], sender=operator)

    escrow.release(BATCH, token.address, [(key, 953)], sender=operator)

    assert escrow.events(refused) == [("Unreleased", BATCH, key, 954, FUNDS)]
    assert escrow.left(key) == 0


def test_release_passes_over_what_is_beyond_the_clients_daily_cap_until_the_next_day(
    escrow, token, operator, project_owner, chain
):
    chain.start_of_day()
    key = open_project(escrow, token, project_owner, cap=105, salt=b"\x07" * 32)
    escrow.release(BATCH, token.address, [(key, 100)], sender=operator)

    refused = escrow.release(BATCH, token.address, [(key, 101)], sender=operator)
    assert escrow.spent_today(key) == 105
    chain.pass_time(DAY)
    escrow.release(BATCH, token.address, [(key, 200)], sender=operator)

    assert escrow.events(refused) == [("Unreleased", BATCH, key, 101, CAP)]
    assert escrow.projects(key)[5] == 200


def test_release_refuses_everyone_but_the_operator(escrow, token, key, admin, guardian, project_owner, attacker):
    for sender in (admin, guardian, project_owner, attacker):
        with pytest.raises(Reverted, match="not operator"):
            escrow.release(BATCH, token.address, [(key, 1)], sender=sender)


def test_release_passes_over_an_unknown_project_and_another_token(escrow, token, faulty, key, operator):
    for address, project in ((token.address, b"\x09" * 32), (faulty.address, key)):
        sent = escrow.release(BATCH, address, [(project, 1)], sender=operator)

        assert escrow.events(sent) == [("Unreleased", BATCH, project, 1, TOKEN)]
    assert escrow.projects(key)[5] == 0


def test_release_refuses_a_token_address_without_code(escrow, key, operator, outsider):
    with pytest.raises(Reverted, match="no token"):
        escrow.release(BATCH, outsider, [(key, 1)], sender=operator)


def test_a_client_who_takes_a_refund_first_holds_up_only_its_own_project(
    escrow, settlement, token, key, operator, project_owner, outsider, treasury, chain
):
    other, poor = (open_project(escrow, token, outsider, salt=bytes([number]) * 32) for number in (3, 4))
    escrow.close(key, sender=project_owner)
    chain.pass_time(3 * DAY)
    escrow.refund(key, sender=project_owner)

    dues = [(other, 100), (key, 50), (poor, 2**256 - 1), (other, 200)]
    sent = escrow.release(BATCH, token.address, dues, sender=operator)

    assert escrow.events(sent) == [
        ("Released", BATCH, other, 100, 5, 100),
        ("Unreleased", BATCH, key, 50, FUNDS),
        ("Unreleased", BATCH, poor, 2**256 - 1, FUNDS),
        ("Released", BATCH, other, 100, 5, 200),
    ]
    assert (token.balanceOf(settlement.address), token.balanceOf(treasury)) == (200, 10)
    assert token.balanceOf(project_owner) == 1_000
    assert escrow.held(token.address) == token.balanceOf(escrow.address) == 1_790


def test_release_refuses_while_paused(escrow, token, key, operator, guardian):
    escrow.pause(sender=guardian)

    with pytest.raises(Reverted, match="paused"):
        escrow.release(BATCH, token.address, [(key, 1)], sender=operator)


def test_release_passes_over_what_was_refunded(escrow, token, key, operator):
    escrow.close(key, sender=operator)
    escrow.refund(key, sender=operator)

    sent = escrow.release(BATCH, token.address, [(key, 1)], sender=operator)

    assert escrow.events(sent) == [("Unreleased", BATCH, key, 1, FUNDS)]


def test_release_refuses_a_token_that_began_to_keep_a_fee(escrow, faulty, operator, project_owner):
    key = open_project(escrow, faulty, project_owner)
    faulty.set_fee(100, sender=project_owner)

    with pytest.raises(Reverted, match="fee on transfer"):
        escrow.release(BATCH, faulty.address, [(key, 100)], sender=operator)


@pytest.mark.parametrize("harm", ["tax", "shrink"])
def test_release_refuses_to_pay_one_project_with_anothers_money(
    escrow, faulty, operator, project_owner, outsider, harm
):
    key = open_project(escrow, faulty, project_owner)
    open_project(escrow, faulty, outsider)
    if harm == "tax":
        faulty.set_tax(1, sender=outsider)
    else:
        faulty.burn_from(escrow.address, 1, sender=outsider)

    with pytest.raises(Reverted, match="short"):
        escrow.release(BATCH, faulty.address, [(key, 100)], sender=operator)


def test_release_counts_fees_that_wait_for_the_treasury_as_owed(escrow, faulty, operator, project_owner, treasury):
    key = open_project(escrow, faulty, project_owner)
    faulty.set_blocked(treasury, True, sender=project_owner)
    escrow.release(BATCH, faulty.address, [(key, 100)], sender=operator)
    faulty.burn_from(escrow.address, 1, sender=project_owner)

    with pytest.raises(Reverted, match="short"):
        escrow.release(BATCH, faulty.address, [(key, 200)], sender=operator)


def test_release_still_works_in_the_notice_of_a_closing_project(
    escrow, settlement, token, key, operator, project_owner
):
    escrow.close(key, sender=project_owner)

    escrow.release(BATCH, token.address, [(key, 300)], sender=operator)

    assert token.balanceOf(settlement.address) == 300


def test_release_reverts_whole_when_the_settlement_cannot_receive(escrow, settlement, faulty, operator, project_owner):
    key = open_project(escrow, faulty, project_owner)
    faulty.set_blocked(settlement.address, True, sender=project_owner)

    with pytest.raises(Reverted, match="blocked"):
        escrow.release(BATCH, faulty.address, [(key, 100)], sender=operator)

    assert escrow.projects(key)[5] == 0


def test_release_pays_wages_even_when_the_treasury_cannot_receive(
    escrow, settlement, faulty, operator, treasury, project_owner
):
    key = open_project(escrow, faulty, project_owner)
    faulty.set_blocked(treasury, True, sender=project_owner)

    sent = escrow.release(BATCH, faulty.address, [(key, 100)], sender=operator)

    assert ("FeesHeld", faulty.address, 5) in escrow.events(sent)
    assert faulty.balanceOf(settlement.address) == 100
    assert escrow.fees_due(faulty.address) == 5


def test_release_of_nothing_does_nothing(escrow, token, operator):
    sent = escrow.release(BATCH, token.address, [], sender=operator)

    assert escrow.events(sent) == []


def test_release_refuses_a_token_that_answers_false(escrow, faulty, operator, project_owner):
    key = open_project(escrow, faulty, project_owner)
    faulty.set_answers_false(True, sender=project_owner)

    with pytest.raises(Reverted, match="transfer"):
        escrow.release(BATCH, faulty.address, [(key, 100)], sender=operator)


def test_fees_wait_when_the_token_answers_false_for_the_treasury(escrow, faulty, operator, treasury, project_owner):
    key = open_project(escrow, faulty, project_owner)
    faulty.set_answers_false_to(treasury, sender=project_owner)

    escrow.release(BATCH, faulty.address, [(key, 100)], sender=operator)

    assert escrow.fees_due(faulty.address) == 5
    with pytest.raises(Reverted, match="transfer"):
        escrow.collect_fees(faulty.address, sender=project_owner)


def test_fees_of_a_token_that_answers_nothing_are_handed_over(escrow, silent, operator, treasury, project_owner):
    key = open_project(escrow, silent, project_owner)

    escrow.release(BATCH, silent.address, [(key, 100)], sender=operator)

    assert silent.balanceOf(treasury) == 5
    assert escrow.fees_due(silent.address) == 0
