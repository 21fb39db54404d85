import pytest

from contracts.tests.harness import DAY, Reverted
from contracts.tests.scenes import BATCH, open_project


@pytest.fixture
def key(escrow, token, project_owner):
    return open_project(escrow, token, project_owner)


def test_refund_by_anyone_returns_the_rest_to_the_client(escrow, token, key, operator, project_owner, outsider):
    escrow.release(BATCH, token.address, [(key, 101)], sender=operator)
    escrow.close(key, sender=operator)

    sent = escrow.refund(key, sender=outsider)

    assert escrow.events(sent) == [("Refunded", key, project_owner, 894)]
    assert token.balanceOf(project_owner) == 894
    assert escrow.held(token.address) == 0
    assert token.balanceOf(escrow.address) == 0


def test_refund_waits_for_the_notice(escrow, token, key, project_owner, chain):
    escrow.close(key, sender=project_owner)

    with pytest.raises(Reverted, match="notice"):
        escrow.refund(key, sender=project_owner)
    chain.pass_time(3 * DAY)
    escrow.refund(key, sender=project_owner)

    assert token.balanceOf(project_owner) == 1_000


def test_refund_refuses_an_open_or_unknown_project(escrow, key, project_owner):
    for project in (key, b"\x09" * 32):
        with pytest.raises(Reverted, match="open"):
            escrow.refund(project, sender=project_owner)


def test_refund_twice_pays_once(escrow, token, key, operator, project_owner):
    escrow.close(key, sender=operator)
    escrow.refund(key, sender=project_owner)

    with pytest.raises(Reverted, match="nothing left"):
        escrow.refund(key, sender=project_owner)


def test_refund_works_while_paused_and_with_the_operator_gone(escrow, token, key, guardian, project_owner, chain):
    escrow.revoke_operator(sender=guardian)
    escrow.pause(sender=guardian)
    escrow.close(key, sender=project_owner)
    chain.pass_time(3 * DAY - 10)
    with pytest.raises(Reverted, match="notice"):
        escrow.refund(key, sender=project_owner)
    chain.pass_time(10)

    escrow.refund(key, sender=project_owner)

    assert token.balanceOf(project_owner) == 1_000


def test_refund_that_the_client_cannot_receive_can_be_tried_again(escrow, faulty, operator, project_owner, outsider):
    key = open_project(escrow, faulty, project_owner)
    escrow.close(key, sender=operator)
    faulty.set_blocked(project_owner, True, sender=outsider)
    with pytest.raises(Reverted, match="blocked"):
        escrow.refund(key, sender=outsider)
    faulty.set_blocked(project_owner, False, sender=outsider)

    escrow.refund(key, sender=outsider)

    assert faulty.balanceOf(project_owner) == 1_000


def test_refund_refuses_a_token_that_would_take_it_out_of_anothers_money(
    escrow, faulty, operator, project_owner, outsider
):
    key = open_project(escrow, faulty, project_owner)
    open_project(escrow, faulty, outsider)
    escrow.close(key, sender=operator)
    faulty.set_tax(1, sender=outsider)

    with pytest.raises(Reverted, match="fee on transfer"):
        escrow.refund(key, sender=project_owner)
    faulty.set_tax(0, sender=outsider)
    escrow.refund(key, sender=project_owner)

    assert faulty.balanceOf(escrow.address) == escrow.held(faulty.address) == 1_000


def test_refund_refuses_a_token_that_answers_false(escrow, faulty, operator, project_owner):
    key = open_project(escrow, faulty, project_owner)
    escrow.close(key, sender=operator)
    faulty.set_answers_false(True, sender=project_owner)

    with pytest.raises(Reverted, match="transfer"):
        escrow.refund(key, sender=project_owner)

    assert escrow.left(key) == 1_000
