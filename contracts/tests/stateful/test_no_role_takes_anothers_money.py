"""One role after the other does whatever it likes, with arguments as odd as they come; everybody else is asleep, except
where the design counts on the guardian. Nobody's wealth falls and the role's own does not grow, whatever it calls.

Wealth is what one holds, has in one's projects, and is owed by honest roots. Two roles can do harm by design, and their
bounds are held here: an operator (or an admin, who can appoint one) moves up to a project's daily cap into Settlement, never to
itself, as long as the guardian vetoes roots that nobody published; and an admin is given less than the three days after which
it may replace the guardian.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from contracts.tests.harness import DAY, HALF_HOUR, ZERO, Reverted
from contracts.tests.scenes import BATCH, make_live, make_tree, open_project, pay_arguments
from contracts.tests.stateful.weird import arguments_of, one_changed

ROLES = ("admin", "operator", "guardian", "treasury", "client", "worker", "outsider")
CAP, HELD = 150, 1_000
MOST = 2**256 - 1


class Scene:
    """Seven accounts. Each has a project of its own, money in hand, and something coming from two honest roots."""

    def __init__(self, world):
        self.chain, self.escrow, self.settlement, self.token = world.chain, world.escrow, world.settlement, world.token
        self.accounts = dict(zip(ROLES, world.chain.accounts, strict=False))
        self.snapshot = self.chain.devchain.snapshot()
        self.chain.start_of_day()
        self.keys = {}
        for number, (name, account) in enumerate(self.accounts.items()):
            salt = bytes([number + 1]) * 32
            self.keys[name] = open_project(self.escrow, self.token, account, amount=HELD, cap=CAP, salt=salt)
            self.token.mint(account, HELD, sender=account)
            # The prey: an unlimited approval that everybody has left with Escrow.
            self.token.approve(self.escrow.address, MOST, sender=account)
        everyone = list(self.accounts.values())
        self.trees = [self._honest(1, everyone, 3), self._honest(2, everyone, 5)]
        self.token.mint(self.settlement.address, len(everyone) * (3 + 5 + 50), sender=everyone[0])
        self.evil = {name: self._evil(who) for name, who in self.accounts.items()}

    def _honest(self, epoch, everyone, wage):
        payments = {self.token.address: [(who, wage) for who in everyone]}
        tree = make_tree(self.settlement, epoch, payments, [(who, self.token.address, 25 * epoch) for who in everyone])
        make_live(self.settlement, tree, self.accounts["operator"])
        return tree

    def _evil(self, thief):
        return make_tree(self.settlement, 3, {self.token.address: [(thief, 200)]}, [(thief, self.token.address, 150)])

    def wealth(self):
        bits = [self.settlement.paid(tree.epoch, 0) for tree in self.trees]
        found = {}
        for number, (name, who) in enumerate(self.accounts.items()):
            coming = sum(
                tree.sections[0].payments[number].amount
                for tree, paid in zip(self.trees, bits, strict=True)
                if not paid >> number & 1
            )
            claimed = self.settlement.claimed(who, self.token.address)
            found[name] = self.token.balanceOf(who) + self.escrow.left(self.keys[name]) + coming + max(50 - claimed, 0)
        found["treasury"] += self.escrow.fees_due(self.token.address)
        return found

    def known(self, role):
        """What an attacker would try: everything in the scene, anywhere."""
        runs = [run for tree in (*self.trees, self.evil[role]) for run in tree.runs()]
        proofs = [run.proof for run in runs]
        proofs += [tree.claim(who, self.token.address).proof for tree in self.trees for who in self.accounts.values()]
        return {
            "address": [
                *self.accounts.values(),
                self.token.address,
                self.escrow.address,
                self.settlement.address,
                ZERO,
            ],
            "bytes32": [
                *self.keys.values(),
                *(tree.root for tree in self.trees),
                self.evil[role].root,
                BATCH,
                bytes(32),
            ],
            "uint256": [25, 50, 51, 200, self.chain.now(), self.chain.now() + DAY],
            "uint256[]": [pay_arguments(run)[3] for run in runs],
            "bytes32[]": proofs,
        }

    def good_calls(self, role):
        """Calls that would work for somebody, or that a thief would begin with."""
        escrow, settlement, token = self.escrow, self.settlement, self.token.address
        me, evil = self.accounts[role], self.evil[role]
        calls = [(settlement, "pay", pay_arguments(run)) for tree in (*self.trees, evil) for run in tree.runs()]
        for who in self.accounts.values():
            found = self.trees[1].claim(who, token)
            calls += [
                (settlement, "claim", (who, token, found.cumulative, found.proof)),
                (settlement, "claim_to", (me, token, found.cumulative, found.proof)),
            ]
        stolen = evil.claim(me, token)
        calls += [
            (settlement, "claim", (me, token, stolen.cumulative, stolen.proof)),
            (settlement, "propose", (3, evil.root, evil.batch_id, bytes(32))),
            (settlement, "activate", ()),
            (escrow, "open", (b"\x77" * 32, token, 5, 0, CAP)),
            (escrow, "collect_fees", (token,)),
        ]
        for contract in (escrow, settlement):
            calls += [(contract, "nominate", (kind, me)) for kind in (1, 2, 4)]
            calls += [(contract, "accept", (kind,)) for kind in (1, 2, 4)]
        for key in self.keys.values():
            calls += [
                (escrow, "release", (BATCH, token, [(key, 100)])),
                (escrow, "close", (key,)),
                (escrow, "refund", (key,)),
                (escrow, "top_up", (key, 5)),
            ]
        return calls

    def guardian_looks(self):
        """Throws away what nobody published."""
        pending = self.settlement.pending()
        if pending != bytes(32) and pending not in {tree.root for tree in self.trees}:
            self.settlement.veto(self.settlement.epoch(), sender=self.accounts["guardian"])


def changing(contract):
    return [entry for entry in contract._functions.values() if entry["stateMutability"] == "nonpayable"]


def make_machine(world, role):
    can_release = role in {"admin", "operator"}

    class Machine(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.scene = Scene(world)
            self.me = self.scene.accounts[role]
            self.known = self.scene.known(role)
            self.good = self.scene.good_calls(role)
            self.before = self.scene.wealth()
            self.days, self.passed = 1, 0

        def teardown(self):
            world.chain.devchain.revert(self.scene.snapshot)

        def do(self, contract, name, arguments):
            try:
                getattr(contract, name)(*arguments, sender=self.me)
            except Reverted:
                return
            if can_release:
                self.scene.guardian_looks()
            self.look()

        @rule(data=st.data())
        def call_something_that_might_work(self, data):
            contract, name, good = data.draw(st.sampled_from(self.good))
            self.do(contract, name, good)

        @rule(data=st.data())
        def call_something_with_one_odd_argument(self, data):
            contract, name, good = data.draw(st.sampled_from([call for call in self.good if call[2]]))
            self.do(contract, name, data.draw(one_changed(contract._functions[name], good, self.known)))

        @rule(data=st.data())
        def call_anything_with_anything(self, data):
            contract = data.draw(st.sampled_from([self.scene.escrow, self.scene.settlement]))
            entry = data.draw(st.sampled_from(changing(contract)))
            self.do(contract, entry["name"], data.draw(arguments_of(entry, self.known)))

        @rule(seconds=st.sampled_from([60, HALF_HOUR, DAY // 2, 4 * DAY]))
        def wait(self, seconds):
            if role == "admin" and self.passed + seconds >= 3 * DAY:
                return
            world.chain.pass_time(seconds)
            self.passed += seconds
            self.days = 2 + self.passed // DAY
            self.look()

        def look(self):
            now = self.scene.wealth()
            assert now[role] <= self.before[role]
            for name, was in self.before.items():
                if name != role:
                    assert was - now[name] <= (self.days * CAP if can_release else 0), name
            if can_release:
                # What left the clients is in Settlement and with the treasury, and nowhere else. (The role may have put
                # money of its own into a project that is not counted here.)
                assert sum(now.values()) + self.in_settlement() <= sum(self.before.values())
            held = self.scene.token.balanceOf(self.scene.escrow.address)
            assert held >= self.scene.escrow.held(self.scene.token.address) + self.scene.escrow.fees_due(
                self.scene.token.address
            )

        def in_settlement(self):
            return sum(self.scene.escrow.projects(key)[5] for key in self.scene.keys.values())

    return Machine


@pytest.mark.parametrize("role", ROLES)
def test_no_sequence_of_calls_by_one_role_takes_anothers_money(world, role):
    run_state_machine_as_test(
        make_machine(world, role),
        settings=settings(
            max_examples=4,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],  # shrinking on a real chain takes minutes
        ),
    )


def test_a_theft_would_be_seen(world):
    """The same look at wealth, and a guardian who sleeps: the operator's own root pays it with others' money."""
    scene = Scene(world)
    thief, before = scene.accounts["operator"], scene.wealth()

    make_live(scene.settlement, scene.evil["operator"], thief)
    scene.settlement.pay(*pay_arguments(scene.evil["operator"].run(0, 1)), sender=thief)

    assert scene.wealth()["operator"] > before["operator"]
    world.chain.devchain.revert(scene.snapshot)
