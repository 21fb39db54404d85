"""What the ledger says beside what the chain says, at one block, to the unit.

The books are read in one snapshot. They may be a few blocks ahead of the block (a deposit that is deep enough, but not
final) or behind it (a payment that the outbox has not confirmed): both are known one by one and allowed for, so every
comparison is of equals. docs/operating/settlement.md, "Reconciliation".
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, Sum

from rewards.chain.client import ChainClient
from rewards.chain.reads import EscrowProject, claimed, escrow_held, escrow_project, fees_due, token_balance
from rewards.domain import paid_bits
from rewards.domain.books import Finding, check_books
from rewards.domain.incidents import Difference, Kind
from rewards.models import Chain, Checkpoint, ClaimBalance, Escrow, LedgerAccount, Payout, Token

Ledger = LedgerAccount.Kind
# Besides those that were touched, so many escrows are compared one by one at each turn, in turn.
ESCROWS_A_TURN = 200


@dataclass(frozen=True, slots=True)
class Figures:
    """One token at the block, in minor units."""

    token: Token
    clients: int  # ledger: locked by clients and not earned
    people: int  # ledger: earned and not delivered
    fees: int  # ledger: the platform's, still in Escrow
    escrow: int  # chain: what Escrow holds
    settlement: int  # chain: what Settlement holds
    others: int  # chain: of that, what belongs to projects that are not ours

    @property
    def owed(self) -> int:
        return self.clients + self.people + self.fees

    @property
    def locked(self) -> int:
        return self.escrow + self.settlement - self.others

    @property
    def surplus(self) -> int:
        return self.locked - self.owed

    @property
    def is_short(self) -> bool:
        return self.surplus < 0


@dataclass(frozen=True, slots=True)
class Books:
    """One snapshot of everything that is compared."""

    findings: list[Finding]
    totals: dict[UUID, dict[str, int]]
    newer: list[tuple[str, dict[str, str]]]
    rows: list[paid_bits.Row]
    pushed: dict[UUID, int]
    claims: dict[UUID, int]
    escrows: list[Escrow]
    points: dict[UUID, Checkpoint]
    tokens: dict[UUID, Token]

    def total(self, token: Token, *kinds: str) -> int:
        return sum(self.totals.get(token.pk, {}).get(kind, 0) for kind in kinds)


@dataclass(frozen=True, slots=True)
class Compared:
    differences: list[Difference]
    figures: list[Figures]


def compare(chain: Chain, client: ChainClient, *, block: int, touched: Iterable[bytes] = ()) -> Compared:
    """Every checkpoint stands at `block`, and every event up to it is applied."""
    books = read_books(chain, block, touched)
    closed = min((point.closed_epoch for point in books.points.values()), default=0)
    bits = paid_bits.compare_bits(chain, client, books.rows, books.tokens, block=block, closed_epoch=closed)
    Checkpoint.objects.filter(token__chain=chain).update(closed_epoch=bits.closed_epoch)
    found = [_of_books(finding, books.tokens) for finding in books.findings if finding.token_id in books.tokens]
    found += bits.differences
    differing = _escrows(chain, client, books, block)
    found += differing
    figures = []
    for point in books.points.values():
        one = Asset(chain, client, books, bits, point, block)
        found += one.differences()
        figures.append(one.figures())
    return Compared(found, figures)


def read_books(chain: Chain, block: int, touched: Iterable[bytes]) -> Books:
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        points = {
            point.token_id: point for point in Checkpoint.objects.filter(token__chain=chain).select_related("token")
        }
        closed = min((point.closed_epoch for point in points.values()), default=0)
        newer = chain.events.filter(is_applied=True, block_number__gt=block)
        pushed = Payout.objects.filter(batch__chain=chain, state=Payout.State.PAID, lane=Payout.Lane.PAY)
        claims = ClaimBalance.objects.filter(token__chain=chain)
        return Books(
            findings=check_books(),
            totals=_totals(chain),
            newer=list(newer.values_list("name", "arguments")),
            rows=paid_bits.rows_since(chain, closed),
            pushed=dict(pushed.values_list("token").annotate(Sum("amount")).order_by()),
            claims=dict(claims.values_list("token").annotate(Sum("claimed")).order_by()),
            escrows=_escrows_of_this_turn(chain, touched),
            points=points,
            tokens={token.pk: token for token in chain.tokens.all()},
        )


def _totals(chain: Chain) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    rows = LedgerAccount.objects.filter(token__chain=chain).values_list("token", "kind").annotate(Sum("balance"))
    for token, kind, total in rows.order_by():
        found[token][kind] = int(total)
    return found


def _escrows_of_this_turn(chain: Chain, touched: Iterable[bytes]) -> list[Escrow]:
    ours = Escrow.objects.filter(token__chain=chain, refused_reason="").select_related("token")
    keys = ["0x" + key.hex() for key in touched]
    in_turn = ours.order_by("pk")
    if chain.escrow_cursor:
        in_turn = in_turn.filter(pk__gt=chain.escrow_cursor)
    chosen = list(in_turn.values_list("pk", flat=True)[:ESCROWS_A_TURN])
    chain.escrow_cursor = chosen[-1] if len(chosen) == ESCROWS_A_TURN else None  # saved by the caller
    return list(ours.filter(Q(chain_key__in=keys) | Q(pk__in=chosen)).order_by("pk"))


def _of_books(finding: Finding, tokens: dict[UUID, Token]) -> Difference:
    token = tokens[finding.token_id] if finding.token_id else None
    return Difference(Kind.BOOKS, token, finding.account, finding.transaction, f"{finding.rule}: {finding.detail}")


# One escrow


def _escrows(chain: Chain, client: ChainClient, books: Books, block: int) -> list[Difference]:
    found = []
    for escrow in books.escrows:
        key = bytes.fromhex(escrow.chain_key[2:])
        there = escrow_project(client, chain.escrow_address, key, block)
        newer = [(name, said) for name, said in books.newer if said.get("project") == escrow.chain_key]
        for words in _escrow_differs(escrow, there, newer, client, chain):
            last = (
                chain.events.filter(arguments__project=escrow.chain_key).order_by("-block_number", "-log_index").first()
            )
            transaction_hash = last.transaction_hash if last else escrow.opened_transaction
            found.append(Difference(Kind.ESCROW_DIFFERS, escrow.token, f"escrow {escrow.pk}", transaction_hash, words))
    return found


def _escrow_differs(
    escrow: Escrow,
    there: EscrowProject | None,
    newer: list[tuple[str, dict[str, str]]],
    client: ChainClient,
    chain: Chain,
) -> Iterable[str]:
    deposited = escrow.deposited - _amount(newer, "Funded")
    refunded = escrow.refunded - _amount(newer, "Refunded")
    funded, back, rewarded = (there.funded, there.refunded, there.rewarded) if there else (0, 0, 0)
    if funded != deposited:
        yield f"Deposited: {deposited} by the ledger, {funded} by the contract."
    if back != refunded:
        yield f"Refunded: {refunded} by the ledger, {back} by the contract."
    if escrow.released > rewarded:
        now = escrow_project(client, chain.escrow_address, bytes.fromhex(escrow.chain_key[2:]))
        if now is None or escrow.released > now.rewarded:
            yield f"Released: {escrow.released} by the books, {now.rewarded if now else 0} by the contract."


def _amount(events: Iterable[tuple[str, dict[str, str]]], name: str) -> int:
    return sum(int(said["amount"]) for found, said in events if found == name)


# One token


class Asset:
    """All that is compared of one token."""

    def __init__(
        self,
        chain: Chain,
        client: ChainClient,
        books: Books,
        bits: paid_bits.PaidBits,
        point: Checkpoint,
        block: int,
    ) -> None:
        self.chain, self.client, self.books, self.bits, self.block = chain, client, books, bits, block
        self.point, self.token = point, books.tokens[point.token_id]
        address = self.token.address
        self.in_escrow = token_balance(client, address, chain.escrow_address, block)
        self.in_settlement = token_balance(client, address, chain.settlement_address, block)
        self.held = escrow_held(client, chain.escrow_address, address, block)
        self.fees_due = fees_due(client, chain.escrow_address, address, block)
        # Events beyond the block that the ledger has already.
        of_token = self._newer_of_token()
        self.newer_funded = _amount(of_token, "Funded")
        self.newer_refunded = _amount(of_token, "Refunded")
        self.newer_claimed = _amount(of_token, "Claimed")

    def _newer_of_token(self) -> list[tuple[str, dict[str, str]]]:
        keys = {said["project"] for _, said in self.books.newer if "project" in said}
        ours = Escrow.objects.filter(chain_key__in=keys, token=self.token, refused_reason="")
        known = set(ours.values_list("chain_key", flat=True))
        address = self.token.address.lower()
        return [
            (name, said)
            for name, said in self.books.newer
            if said.get("project") in known or said.get("token", "").lower() == address
        ]

    def differences(self) -> list[Difference]:
        return [*self._balances(), *self._totals()]

    def figures(self) -> Figures:
        total = self.books.total
        ours_in_escrow = self.point.funded - self.point.refunded - self.point.released - self.point.fees
        ahead, behind = self.bits.ahead[self.token.pk], self.bits.behind[self.token.pk]
        return Figures(
            token=self.token,
            clients=total(self.token, Ledger.ESCROW, Ledger.COMMITTED) - self.newer_funded + self.newer_refunded,
            people=total(self.token, Ledger.EARNED, Ledger.UNCLAIMED) + self.newer_claimed + behind - ahead,
            fees=total(self.token, Ledger.FEES) - self.point.fees + self.fees_due,
            escrow=self.in_escrow,
            settlement=self.in_settlement,
            others=self.held - ours_in_escrow,
        )

    def _balances(self) -> Iterable[Difference]:
        """The token's balances are what its logs make; and Escrow holds what it says that it owes."""
        point = self.point
        by_logs = (
            ("Escrow", self.in_escrow, point.escrow_in - point.escrow_out),
            ("Settlement", self.in_settlement, point.settlement_in - point.settlement_out),
        )
        for contract, holds, moved in by_logs:
            if holds != moved:
                yield self._differs(Kind.BALANCE_DIFFERS, contract, f"It holds {holds}; its transfers make {moved}.")
        if self.in_escrow < self.held + self.fees_due:
            owes = f"It owes {self.held} to projects and {self.fees_due} to the treasury, and holds {self.in_escrow}."
            yield self._differs(Kind.BALANCE_DIFFERS, "Escrow owes more than it holds", owes)

    def _totals(self) -> Iterable[Difference]:
        total, point, token = self.books.total, self.point, self.token
        ahead, behind = self.bits.ahead[token.pk], self.bits.behind[token.pk]
        compared = (
            ("deposits", -total(token, Ledger.DEPOSITS) - self.newer_funded, point.funded),
            ("refunds", total(token, Ledger.REFUNDS) - self.newer_refunded, point.refunded),
            ("payments", int(self.books.pushed.get(token.pk, 0)) + ahead - behind, point.pushed),
            ("claims", int(self.books.claims.get(token.pk, 0)) - self.newer_claimed, point.claimed),
        )
        for name, ledger, there in compared:
            if ledger != there:
                yield self._differs(Kind.TOTAL_DIFFERS, name, f"{ledger} by the ledger, {there} by the chain.")
                if name == "claims":
                    yield from self._claims()
                if name == "payments":
                    yield from self._closed_bits()

    def _claims(self) -> Iterable[Difference]:
        """Which of them: asked one by one, only when the sum differs."""
        newer: dict[str, int] = defaultdict(int)
        for name, said in self._newer_of_token():
            if name == "Claimed":
                newer[said["account"].lower()] += int(said["amount"])
        for balance in ClaimBalance.objects.filter(token=self.token):
            there = claimed(self.client, self.chain.settlement_address, balance.address, self.token.address, self.block)
            ledger = balance.claimed - newer[balance.address.lower()]
            if ledger != there:
                last = self.chain.events.filter(name="Claimed", arguments__account=balance.address).order_by(
                    "-block_number"
                )
                yield Difference(
                    Kind.CLAIM_DIFFERS, self.token, balance.address,
                    last.values_list("transaction_hash", flat=True).first() or "",
                    f"Claimed: {ledger} by the ledger, {there} by the contract.",
                )  # fmt: skip

    def _closed_bits(self) -> Iterable[Difference]:
        """Which of them: the bits of all epochs, only when the sum differs."""
        rows = [row for row in paid_bits.rows_since(self.chain, 0) if row.token_id == self.token.pk]
        all_bits = paid_bits.compare_bits(
            self.chain, self.client, rows, self.books.tokens, block=self.block, closed_epoch=0
        )
        yield from (one for one in all_bits.differences if one not in self.bits.differences)

    def _differs(self, kind: str, account: str, detail: str) -> Difference:
        return Difference(kind, self.token, account, "", detail)
