"""Random epochs, runs, claims, replays and blocks: nobody ever gets more than was owed, and all get it in the end."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from contracts.tests.harness import Reverted
from contracts.tests.scenes import claim, make_live, make_tree, pay

PEOPLE = [f"0x{0xC0FFEE00 + number:040x}" for number in range(6)]
people = st.integers(min_value=0, max_value=len(PEOPLE) - 1)


def make_machine(world):
    chain, settlement, token = world.chain, world.settlement, world.faulty
    operator, guardian, sender = chain.accounts[1], chain.accounts[2], chain.accounts[5]

    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.snapshot = chain.devchain.snapshot()
            self.trees = []  # those that became active
            self.epoch = 0
            self.owed = dict.fromkeys(PEOPLE, 0)
            self.credited = dict.fromkeys(PEOPLE, 0)
            self.minted = 0

        def teardown(self):
            chain.devchain.revert(self.snapshot)

        @rule(wages=st.lists(st.tuples(people, st.integers(min_value=1, max_value=99)), min_size=1, max_size=9))
        def settle(self, wages):
            """A new epoch: wages in lane 1; what an expired epoch left unpaid moves to lane 2."""
            self._recredit()
            payments = [(PEOPLE[number], amount) for number, amount in wages]
            credits = [(who, token.address, total) for who, total in self.credited.items() if total]
            self.epoch += 1
            tree = make_tree(settlement, self.epoch, {token.address: payments}, credits)
            total = sum(amount for _, amount in payments)
            token.mint(settlement.address, total, sender=sender)
            self.minted += total
            for who, amount in payments:
                self.owed[who] += amount
            make_live(settlement, tree, operator)
            self.trees.append((tree, payments))

        def _recredit(self):
            if len(self.trees) < 2:
                return
            tree, payments = self.trees[-2]  # becomes neither current nor previous with the next root
            paid = settlement.paid(tree.epoch, 0)
            for index, (who, amount) in enumerate(payments):
                if not paid >> index & 1:
                    self.credited[who] += amount

        @precondition(lambda self: self.trees)
        @rule(back=st.integers(min_value=0, max_value=3), size=st.sampled_from([1, 2, 4, 512]))
        def pay(self, back, size):
            tree, _ = self.trees[max(0, len(self.trees) - 1 - back)]
            for run in tree.runs(max_run=size):
                attempt(pay, settlement, run, sender)

        @precondition(lambda self: self.trees)
        @rule(back=st.integers(min_value=0, max_value=3), number=people)
        def claim(self, back, number):
            tree, _ = self.trees[max(0, len(self.trees) - 1 - back)]
            if tree.claim(PEOPLE[number], token.address):
                attempt(claim, settlement, tree, PEOPLE[number], token.address, sender)

        @rule(number=people, on=st.booleans())
        def block(self, number, on):
            token.set_blocked(PEOPLE[number], on, sender=sender)

        @rule()
        def veto_a_bad_root(self):
            self.epoch += 1
            bad = make_tree(settlement, self.epoch, {}, [(PEOPLE[0], token.address, 10**9)])
            settlement.propose(self.epoch, bad.root, bad.batch_id, bytes(32), sender=operator)
            settlement.veto(self.epoch, sender=guardian)
            assert not attempt(claim, settlement, bad, PEOPLE[0], token.address, sender)

        @invariant()
        def nobody_got_more_than_was_owed(self):
            got = {who: token.balanceOf(who) for who in PEOPLE}
            assert all(got[who] <= self.owed[who] for who in PEOPLE)
            assert sum(got.values()) + token.balanceOf(settlement.address) == self.minted

    return Machine


def attempt(function, *arguments) -> bool:
    try:
        function(*arguments)
    except Reverted:
        return False
    return True


def test_the_settlement_never_pays_more_than_is_owed(world):
    run_state_machine_as_test(
        make_machine(world),
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],  # shrinking on a real chain takes minutes,
        ),
    )
