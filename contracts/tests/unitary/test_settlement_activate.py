from contracts.tests.harness import HALF_HOUR
from contracts.tests.scenes import NO_URI

FIRST, SECOND, THIRD = (bytes([n]) * 32 for n in (1, 2, 3))


def test_activate_by_anyone_makes_a_ready_root_current(settlement, operator, outsider, chain):
    settlement.propose(1, FIRST, FIRST, NO_URI, sender=operator)
    chain.pass_time(HALF_HOUR)

    sent = settlement.activate(sender=outsider)

    assert settlement.events(sent) == [("RootActive", 1, FIRST)]
    assert settlement.root() == FIRST
    assert settlement.pending() == bytes(32)


def test_activate_before_the_delay_does_nothing(settlement, operator, outsider, chain):
    settlement.propose(1, FIRST, FIRST, NO_URI, sender=operator)
    chain.pass_time(HALF_HOUR - 30)

    sent = settlement.activate(sender=outsider)

    assert settlement.events(sent) == []
    assert settlement.root() == bytes(32)


def test_activate_twice_keeps_the_previous_root(settlement, operator, outsider, chain):
    for epoch, root in enumerate((FIRST, SECOND), 1):
        settlement.propose(epoch, root, root, NO_URI, sender=operator)
        chain.pass_time(HALF_HOUR)
        settlement.activate(sender=outsider)

    settlement.activate(sender=outsider)

    assert (settlement.root(), settlement.live()) == (SECOND, 2)
    assert (settlement.previous(), settlement.previous_epoch()) == (FIRST, 1)


def test_status_tells_all_in_one_call(settlement, operator, outsider, chain):
    for epoch, root in enumerate((FIRST, SECOND), 1):
        settlement.propose(epoch, root, root, NO_URI, sender=operator)
        chain.pass_time(HALF_HOUR)
        settlement.activate(sender=outsider)
    settlement.propose(3, THIRD, THIRD, NO_URI, sender=operator)

    status = settlement.status()

    ready_at = settlement.ready_at()
    assert status == (3, SECOND, 2, FIRST, 1, THIRD, ready_at, HALF_HOUR, 0, chain.now())
