import pytest

from contracts.tests.harness import Reverted
from contracts.tests.scenes import BATCH, open_project


def test_collect_fees_by_anyone_pays_the_treasury(escrow, faulty, operator, treasury, project_owner, outsider):
    key = open_project(escrow, faulty, project_owner)
    faulty.set_blocked(treasury, True, sender=project_owner)
    escrow.release(BATCH, faulty.address, [(key, 100)], sender=operator)

    with pytest.raises(Reverted, match="blocked"):
        escrow.collect_fees(faulty.address, sender=outsider)
    faulty.set_blocked(treasury, False, sender=project_owner)
    sent = escrow.collect_fees(faulty.address, sender=outsider)

    assert escrow.events(sent) == [("FeesCollected", faulty.address, 5)]
    assert faulty.balanceOf(treasury) == 5
    assert faulty.balanceOf(escrow.address) == escrow.held(faulty.address) == 895


def test_collect_fees_refuses_when_none_are_due(escrow, token, project_owner, outsider):
    open_project(escrow, token, project_owner)

    with pytest.raises(Reverted, match="no fees"):
        escrow.collect_fees(token.address, sender=outsider)
