"""What pages and the API ask of the books. Never writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from rewards.models import (
    Chain,
    ChainIntent,
    Earning,
    Escrow,
    LedgerAccount,
    MinorField,
    Payout,
    SettlementBatch,
    Token,
)
from rewards.money import fee_minor

Kind = LedgerAccount.Kind
FORECAST_SPAN = timedelta(days=7)
# The indexer's turn is every two seconds: by then it has read what we sent, or it does not come on.
READ_WITHIN = timedelta(minutes=2)


class TokenJson(TypedDict):
    symbol: str
    decimals: int
    address: str
    chain_id: int


class AmountJson(TypedDict):
    minor: str
    token: TokenJson


@dataclass(frozen=True, slots=True)
class EscrowStatement:
    """All figures in minor units. deposited = free + committed + rewarded + fees + refunded."""

    token: Token
    required: int
    deposited: int
    free: int
    committed: int
    rewarded: int
    fees: int
    released: int
    refunded: int

    @property
    def missing(self) -> int:
        return max(self.required - self.deposited, 0)


@dataclass(frozen=True, slots=True)
class Balance:
    """One person's money of one token, in minor units: in which of four states it is."""

    token: Token
    earned: int
    on_the_way: int
    claimable: int
    paid: int


def amount_json(token: Token, minor: int) -> AmountJson:
    """An amount as the API says it. `token.chain` should be loaded."""
    return {"minor": str(minor), "token": token_json(token)}


def token_json(token: Token) -> TokenJson:
    return {
        "symbol": token.symbol,
        "decimals": token.decimals,
        "address": token.address,
        "chain_id": token.chain.chain_id,
    }


def active_tokens() -> QuerySet[Token]:
    return Token.objects.filter(is_active=True).select_related("chain")


def all_tokens() -> QuerySet[Token]:
    return Token.objects.select_related("chain").order_by("chain__chain_id", "symbol", "pk")


def chains() -> QuerySet[Chain]:
    return Chain.objects.prefetch_related("tokens")


def escrow_statement(escrow: Escrow) -> EscrowStatement:
    held = dict(LedgerAccount.objects.filter(escrow=escrow).values_list("kind", "balance"))
    return EscrowStatement(
        token=escrow.token,
        required=escrow.required,
        deposited=escrow.deposited,
        free=held.get(Kind.ESCROW, 0),
        committed=held.get(Kind.COMMITTED, 0),
        rewarded=escrow.rewarded,
        fees=fee_minor(escrow.rewarded, escrow.fee_bps),
        released=escrow.released,
        refunded=escrow.refunded,
    )


def earnings_for(reference_ids: Iterable[UUID], reason: str) -> dict[UUID, Earning]:
    """The earning of each piece of work, with its payout; work that earned nothing is absent.

    Where a second token is paid, its earning is among `second_earnings_for`.
    """
    return _earnings_for(reference_ids, reason, 0)


def second_earnings_for(reference_ids: Iterable[UUID], reason: str) -> dict[UUID, Earning]:
    return _earnings_for(reference_ids, reason, 1)


def _earnings_for(reference_ids: Iterable[UUID], reason: str, part: int) -> dict[UUID, Earning]:
    found = Earning.objects.filter(reference_id__in=list(reference_ids), reason=reason, part=part)
    return {earning.reference_id: earning for earning in found.select_related("payout__batch", "escrow__token__chain")}


def earnings_of(user: User) -> QuerySet[Earning]:
    return Earning.objects.filter(user=user).select_related("escrow__token__chain", "payout")


def refused_payouts_of(user: User) -> QuerySet[Payout]:
    """Sent, refused by the token, and in no root yet from which they could be claimed."""
    refused = Payout.objects.filter(user=user, lane=Payout.Lane.CLAIM, state=Payout.State.FROZEN, index__isnull=False)
    return refused.select_related("token__chain", "batch").order_by("pk")


def payouts_of(user: User) -> QuerySet[Payout]:
    return Payout.objects.filter(user=user).select_related("token__chain", "batch")


def balances_of(user: User) -> list[Balance]:
    """Every token this person ever had something of, by symbol. Two statements."""
    held: dict[UUID, dict[str, int]] = {}
    tokens: dict[UUID, Token] = {}
    for account in LedgerAccount.objects.filter(user=user).select_related("token__chain"):
        tokens[account.token_id] = account.token
        held.setdefault(account.token_id, {})[account.kind] = account.balance
    claimable = _claimable_of(user)
    return [
        Balance(
            token=token,
            earned=held[pk].get(Kind.EARNED, 0),
            on_the_way=held[pk].get(Kind.UNCLAIMED, 0) - claimable.get(pk, 0),
            claimable=claimable.get(pk, 0),
            paid=held[pk].get(Kind.CLAIMED, 0),
        )
        for pk, token in sorted(tokens.items(), key=lambda item: (item[1].symbol, str(item[0])))
    ]


def _claimable_of(user: User) -> dict[UUID, int]:
    waiting = Payout.objects.filter(user=user, state=Payout.State.CLAIMABLE)
    return {row["token"]: int(row["total"]) for row in waiting.values("token").annotate(total=Sum("amount")).order_by()}


def last_active_batch(chain: Chain) -> SettlementBatch | None:
    """The last batch whose root is confirmed active: the one whose leaves can be claimed."""
    states = [SettlementBatch.State.PAYING, SettlementBatch.State.FINAL]
    return chain.batches.filter(state__in=states).select_related("chain").order_by("-epoch").first()


def batches() -> QuerySet[SettlementBatch]:
    """With how many payments were refused and wait for a claim: asked of a small partial index, not of all payouts."""
    refused = Payout.objects.filter(batch=OuterRef("pk"), lane=Payout.Lane.CLAIM).exclude(state=Payout.State.PAID)
    count = Coalesce(Subquery(refused.order_by().values("batch").annotate(n=Count("pk")).values("n")), 0)
    used = ChainIntent.objects.filter(batch=OuterRef("pk")).order_by().values("batch").annotate(gas=Sum("gas_used"))
    found = SettlementBatch.objects.select_related("chain")
    return found.annotate(refused=count, gas=Subquery(used.values("gas"))).order_by("-created_at", "pk")


def published_batches() -> QuerySet[SettlementBatch]:
    """Every batch, with the transaction that published its root. What only is frozen has none yet, and is shown too:
    its file is written, and nobody has to wait for the chain to check it."""
    proposed = ChainIntent.objects.filter(batch=OuterRef("pk"), kind=ChainIntent.Kind.PROPOSE)
    known = proposed.exclude(transaction_hash="").order_by("pk").values("transaction_hash")[:1]
    return (
        SettlementBatch.objects.select_related("chain")
        .annotate(proposed_in=Coalesce(Subquery(known), Value("")))
        .order_by("-created_at", "pk")
    )


def siblings_of(escrow: Escrow) -> list[Escrow]:
    """The other escrows of the same undertaking, which pays in two tokens."""
    others = Escrow.objects.filter(reference_kind=escrow.reference_kind, reference_id=escrow.reference_id)
    return list(others.exclude(part=escrow.part).select_related("token__chain").order_by("part", "pk"))


@dataclass(frozen=True, slots=True)
class Forecast:
    """`days` is None when nothing was spent lately."""

    minor_a_day: int
    days: int | None


def forecast_of(escrow: Escrow) -> Forecast:
    """At the rate of the last week, fee included, or of the time since the first earning if that is shorter."""
    now = timezone.now()
    earned = escrow.earnings.order_by()
    first = earned.aggregate(first=Min("created_at"))["first"]
    if first is None:
        return Forecast(0, None)
    since = max(now - FORECAST_SPAN, first)
    lately = int(earned.filter(created_at__gte=since).aggregate(total=Sum("amount"))["total"] or 0)
    seconds = max((now - since).total_seconds(), timedelta(hours=1).total_seconds())
    a_day = int((lately + fee_minor(lately, escrow.fee_bps)) * 86_400 / seconds)
    held = dict(LedgerAccount.objects.filter(escrow=escrow).values_list("kind", "balance"))
    return Forecast(a_day, held.get(Kind.COMMITTED, 0) // a_day if a_day else None)


def gas_spent(chain: Chain) -> tuple[int, int]:
    """Gas used by our transactions on the chain: in all, and in the last thirty days."""
    used = ChainIntent.objects.filter(chain=chain).order_by()
    lately = used.filter(updated_at__gte=timezone.now() - timedelta(days=30))
    zero = Coalesce(Sum("gas_used"), 0)
    return used.aggregate(gas=zero)["gas"], lately.aggregate(gas=zero)["gas"]


def unread_since(chain: Chain) -> datetime | None:
    """Since when something of ours is mined in a block that nobody has read, so that it is not believed."""
    late = timezone.now() - READ_WITHIN
    mined = chain.intents.filter(state=ChainIntent.State.MINED, block_number__gt=chain.indexed_block)
    since: datetime | None = mined.filter(updated_at__lt=late).aggregate(since=Min("updated_at"))["since"]
    return since


def intents_of(batch: SettlementBatch) -> QuerySet[ChainIntent]:
    return batch.intents.annotate(attempt_count=Count("attempts")).order_by("pk")


def gas_of(batch: SettlementBatch) -> int:
    return batch.intents.aggregate(gas=Coalesce(Sum("gas_used"), 0))["gas"]


def amounts_of(batch: SettlementBatch) -> list[tuple[Token, int]]:
    """What the batch pays of each token."""
    totals = batch.payouts.values("token").annotate(total=Sum("amount")).order_by()
    tokens = Token.objects.select_related("chain").in_bulk([row["token"] for row in totals])
    return [(tokens[row["token"]], int(row["total"])) for row in totals]


def unconfirmed_intents() -> QuerySet[ChainIntent]:
    return (
        ChainIntent.objects.exclude(state=ChainIntent.State.CONFIRMED)
        .select_related("chain", "batch", "escrow__team")
        .annotate(attempt_count=Count("attempts"))
        .order_by("pk")
    )


def platform_balances() -> list[tuple[Token, dict[str, int]]]:
    """Per token, what each kind of account holds in all: the left side equals the right."""
    zero = Coalesce(Sum("balance"), 0, output_field=MinorField())
    rows = LedgerAccount.objects.values("token", "kind").annotate(total=zero).order_by()
    tokens = {token.pk: token for token in Token.objects.select_related("chain")}
    found: dict[UUID, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["token"], dict.fromkeys(Kind.values, 0))[row["kind"]] = int(row["total"])
    return [(tokens[pk], totals) for pk, totals in found.items()]
