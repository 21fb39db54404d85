"""Whatever is done in whatever order, the books add up after every step (invariants 1 to 3 of the design)."""

from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from rewards.domain import ledger
from rewards.domain.accrual import NewEarning, accrue
from rewards.domain.books import check_books
from rewards.domain.chain_events import ImpossibleEvent, apply_event
from rewards.domain.escrows import begin_refund, extend_escrow, reserve, void_reservations
from rewards.exceptions import RewardsError
from rewards.models import Chain, ChainEvent, Earning, Escrow, LedgerAccount, Reservation
from rewards.tests.factories import make_address, make_chain, make_earner, make_escrow, make_token

amounts = st.integers(1, 40_000)


class Money(RuleBasedStateMachine):
    """Verbs of escrows and accrual, and events of the chain, some of them sent twice."""

    @initialize(fee_bps=st.sampled_from([0, 1, 333, 500, 2_000]), decimals=st.sampled_from([6, 18]))
    def begin(self, fee_bps, decimals):
        self.savepoint = transaction.savepoint()
        chain = Chain.objects.first() or make_chain()
        self.token = make_token(chain, decimals=decimals)
        self.workers = [make_earner() for _ in range(3)]
        self.escrows = [make_escrow(self.token, rewards_minor=10_000, fee_bps=fee_bps) for _ in range(2)]
        self.works, self.paid, self.log = [], {}, 0

    def attempt(self, deed):
        """A refusal is an answer too, as long as it changes nothing."""
        try:
            with transaction.atomic():
                return deed()
        except (RewardsError, ImpossibleEvent):
            return None

    def event(self, name, escrow, **arguments):
        self.log += 1
        event = ChainEvent.objects.create(
            chain=self.token.chain, name=name, arguments={"project": escrow.chain_key} | arguments, block_number=1,
            block_hash=f"0x{uuid4().hex * 2}", transaction_hash=f"0x{uuid4().hex * 2}", log_index=self.log,
        )  # fmt: skip
        self.attempt(lambda: apply_event(event))

    @rule(which=st.integers(0, 1), minor=amounts, opens=st.booleans())
    def deposit(self, which, minor, opens):
        escrow = self.escrows[which]
        if opens:
            self.event(
                "Opened", escrow, client=escrow.funder_address, token=self.token.address, cap=str(escrow.required),
                fee_bps=str(escrow.fee_bps), salt=escrow.salt,
            )  # fmt: skip
        self.event("Funded", escrow, payer=make_address(), amount=str(minor), funded="0")

    @rule(which=st.integers(0, 1), minor=amounts, twice=st.booleans())
    def reserve(self, which, minor, twice):
        reservation_id = uuid4()
        for _ in range(1 + twice):
            self.attempt(lambda: reserve(self.escrows[which], reservation_id=reservation_id, amount_minor=minor))

    @rule(which=st.integers(0, 1), who=st.integers(0, 2), minor=st.integers(1, 700), twice=st.booleans())
    def earn(self, which, who, minor, twice):
        work = NewEarning(uuid4(), "answer", self.workers[who].pk, minor)
        for _ in range(1 + twice):
            if self.attempt(lambda: accrue(self.escrows[which].pk, earnings=[work, *self.works[-3:]])) is not None:
                self.paid.setdefault(work.reference_id, minor)
        self.works.append(work)

    @rule(which=st.integers(0, 1))
    def void(self, which):
        self.attempt(lambda: void_reservations(self.escrows[which]))

    @rule(which=st.integers(0, 1), minor=amounts)
    def extend(self, which, minor):
        self.attempt(lambda: extend_escrow(self.escrows[which], rewards_minor=minor))

    @rule(which=st.integers(0, 1))
    def close(self, which):
        self.attempt(lambda: begin_refund(self.escrows[which], actor=None))

    @rule(which=st.integers(0, 1), minor=amounts)
    def refund(self, which, minor):
        self.event("Refunded", self.escrows[which], client=self.escrows[which].funder_address, amount=str(minor))

    @invariant()
    def the_books_add_up(self):
        if not hasattr(self, "token"):
            return
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        assert check_books() == []
        assert sum(LedgerAccount.objects.filter(token=self.token).values_list("balance", flat=True)) == 0

    @invariant()
    def every_work_is_paid_at_most_once(self):
        if not hasattr(self, "token"):
            return
        rows = list(Earning.objects.filter(escrow__token=self.token).values_list("reference_id", flat=True))
        assert len(rows) == len(set(rows))

    @invariant()
    def nothing_is_reserved_unfunded(self):
        if not hasattr(self, "token"):
            return
        for escrow in Escrow.objects.filter(token=self.token):
            if Reservation.objects.filter(escrow=escrow).exists():
                assert escrow.deposited > 0
            assert ledger.balance(self.token, ledger.free_of(escrow.pk)) >= 0

    def teardown(self):
        if hasattr(self, "savepoint"):
            transaction.savepoint_rollback(self.savepoint)


@pytest.mark.django_db
def test_value_is_conserved_whatever_happens():
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=40, stateful_step_count=25, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
