import pytest

from contracts.tests.harness import DAY, Reverted
from contracts.tests.scenes import open_project


@pytest.fixture
def key(escrow, token, project_owner):
    return open_project(escrow, token, project_owner)


def test_close_by_the_client_starts_the_notice(escrow, key, project_owner, chain):
    sent = escrow.close(key, sender=project_owner)

    assert escrow.events(sent) == [("Closing", key, project_owner, chain.now() + 3 * DAY)]


def test_close_by_the_operator_waives_the_notice(escrow, key, operator, chain):
    sent = escrow.close(key, sender=operator)

    assert escrow.events(sent) == [("Closing", key, operator, chain.now())]


def test_close_by_the_operator_waives_a_notice_that_runs(escrow, key, operator, project_owner, chain):
    escrow.close(key, sender=project_owner)

    escrow.close(key, sender=operator)

    assert escrow.projects(key)[7] == chain.now()


def test_close_by_the_client_again_does_not_restart_the_notice(escrow, key, project_owner):
    escrow.close(key, sender=project_owner)

    with pytest.raises(Reverted, match="closing"):
        escrow.close(key, sender=project_owner)


def test_close_refuses_everyone_else(escrow, key, admin, guardian, attacker):
    for sender in (admin, guardian, attacker):
        with pytest.raises(Reverted, match="not client"):
            escrow.close(key, sender=sender)


def test_close_refuses_an_unknown_project(escrow, operator):
    with pytest.raises(Reverted, match="unknown"):
        escrow.close(b"\x09" * 32, sender=operator)


def test_close_works_while_paused(escrow, key, project_owner, guardian):
    escrow.pause(sender=guardian)

    escrow.close(key, sender=project_owner)

    assert escrow.projects(key)[7] != 0
