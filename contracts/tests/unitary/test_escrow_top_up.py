import pytest

from contracts.tests.harness import Reverted
from contracts.tests.scenes import open_project


@pytest.fixture
def key(escrow, token, project_owner):
    return open_project(escrow, token, project_owner)


def test_top_up_by_anyone_adds_to_the_project(escrow, token, key, outsider, project_owner):
    token.mint(outsider, 50, sender=outsider)
    token.approve(escrow.address, 50, sender=outsider)

    sent = escrow.top_up(key, 50, sender=outsider)

    assert escrow.events(sent) == [("Funded", key, outsider, 50, 1_050)]
    assert escrow.projects(key)[0] == project_owner
    assert escrow.held(token.address) == 1_050


def test_top_up_refuses_an_unknown_project(escrow, outsider):
    with pytest.raises(Reverted, match="unknown"):
        escrow.top_up(b"\x09" * 32, 50, sender=outsider)


def test_top_up_refuses_a_closing_project(escrow, key, project_owner):
    escrow.close(key, sender=project_owner)

    with pytest.raises(Reverted, match="closing"):
        escrow.top_up(key, 50, sender=project_owner)


def test_top_up_refuses_nothing(escrow, key, project_owner):
    with pytest.raises(Reverted, match="amount"):
        escrow.top_up(key, 0, sender=project_owner)


def test_top_up_refuses_a_fee_on_transfer_that_a_token_switched_on_later(escrow, faulty, project_owner):
    key = open_project(escrow, faulty, project_owner)
    faulty.mint(project_owner, 50, sender=project_owner)
    faulty.approve(escrow.address, 50, sender=project_owner)
    faulty.set_fee(1_000, sender=project_owner)

    with pytest.raises(Reverted, match="fee on transfer"):
        escrow.top_up(key, 50, sender=project_owner)


def test_top_up_refuses_while_paused(escrow, key, project_owner, guardian):
    escrow.pause(sender=guardian)

    with pytest.raises(Reverted, match="paused"):
        escrow.top_up(key, 50, sender=project_owner)
