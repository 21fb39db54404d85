"""Whatever is done in whatever order: every unit is where it should be, and nothing is paid that is not held."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from contracts.tests.harness import DAY, Reverted
from contracts.tests.scenes import BATCH

PROJECTS = 3
amounts = st.integers(min_value=1, max_value=5_000)
numbers = st.integers(min_value=0, max_value=PROJECTS - 1)


def make_machine(world):
    chain, escrow, token = world.chain, world.escrow, world.token
    _admin, operator, guardian, treasury, client, outsider = chain.accounts[:6]

    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.snapshot = chain.devchain.snapshot()
            token.mint(client, 10**9, sender=client)
            token.approve(escrow.address, 10**9, sender=client)
            chain.start_of_day()
            self.keys: dict[int, bytes] = {}
            self.bps: dict[int, int] = {}
            self.funded: dict[int, int] = {}
            self.rewarded: dict[int, int] = {}
            self.refunded: dict[int, int] = {}

        def teardown(self):
            chain.devchain.revert(self.snapshot)

        def fee(self, number):
            return self.rewarded[number] * self.bps[number] // 10_000

        @rule(number=numbers, amount=amounts, bps=st.integers(min_value=0, max_value=2_000))
        def open(self, number, amount, bps):
            salt = bytes([number + 1]) * 32
            opened = attempt(escrow.open, salt, token.address, amount, bps, 3_000, sender=client)
            assert not (opened and number in self.keys)
            if not opened:
                return
            self.keys[number] = escrow.project_key(client, salt)
            self.bps[number], self.funded[number] = bps, amount
            self.rewarded[number] = self.refunded[number] = 0

        @precondition(lambda self: self.keys)
        @rule(number=numbers, amount=amounts)
        def top_up(self, number, amount):
            if number in self.keys and attempt(escrow.top_up, self.keys[number], amount, sender=client):
                self.funded[number] += amount

        @precondition(lambda self: self.keys)
        @rule(wanted=st.lists(st.tuples(numbers, st.integers(min_value=0, max_value=6_000)), max_size=4))
        def release(self, wanted):
            dues = [(self.keys[number], rewarded) for number, rewarded in wanted if number in self.keys]
            try:
                sent = escrow.release(BATCH, token.address, dues, sender=operator)
            except Reverted:
                return
            numbers_of = {key: number for number, key in self.keys.items()}
            for name, _batch, key, *values in escrow.events(sent):
                if name == "Released":
                    amount, fee, rewarded = values
                    number = numbers_of[key]
                    assert rewarded == self.rewarded[number] + amount
                    before = self.fee(number)
                    self.rewarded[number] = rewarded
                    assert fee == self.fee(number) - before

        @precondition(lambda self: self.keys)
        @rule(number=numbers, by_operator=st.booleans())
        def close(self, number, by_operator):
            if number in self.keys:
                attempt(escrow.close, self.keys[number], sender=operator if by_operator else client)

        @precondition(lambda self: self.keys)
        @rule(number=numbers)
        def refund(self, number):
            if number in self.keys and attempt(escrow.refund, self.keys[number], sender=outsider):
                self.refunded[number] = self.funded[number] - self.rewarded[number] - self.fee(number)

        @rule(days=st.integers(min_value=1, max_value=4))
        def wait(self, days):
            chain.pass_time(days * DAY)

        @rule()
        def pause(self):
            attempt(escrow.pause, sender=guardian)

        @invariant()
        def every_unit_is_where_it_should_be(self):
            fees = sum(self.fee(number) for number in self.keys)
            rewarded, refunded = sum(self.rewarded.values()), sum(self.refunded.values())
            held = sum(self.funded.values()) - rewarded - fees - refunded
            assert token.balanceOf(escrow.address) == escrow.held(token.address) == held
            assert token.balanceOf(world.settlement.address) == rewarded
            assert token.balanceOf(treasury) == fees
            assert held >= 0

    return Machine


def attempt(function, *arguments, sender) -> bool:
    try:
        function(*arguments, sender=sender)
    except Reverted:
        return False
    return True


def test_the_escrow_never_pays_more_than_it_holds(world):
    run_state_machine_as_test(
        make_machine(world),
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],  # shrinking on a real chain takes minutes,
        ),
    )
