"""When earnings arrive, as far as it can be told beforehand. Never writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from accounts.models import User
from rewards.models import Chain, Earning, PayoutPreference, PayoutRequest, SettlementBatch
from rewards.queries import Balance


@dataclass(frozen=True, slots=True)
class Wait:
    """What a person's unsettled earnings of one token wait for."""

    balance: Balance
    own_threshold: int
    threshold: int
    since: datetime | None
    has_asked: bool
    is_held_up: bool

    @property
    def is_below(self) -> bool:
        return 0 < self.balance.earned < self.threshold and not self.has_asked

    @property
    def missing(self) -> int:
        return self.threshold - self.balance.earned

    @property
    def credited_at(self) -> datetime | None:
        """When it becomes the person's to claim, should it stay below the threshold."""
        return self.since + timedelta(seconds=settings.SETTLEMENT_DUST_SECONDS) if self.since else None

    @property
    def arrives_by(self) -> datetime | None:
        if self.since is None or self.is_held_up:
            return None
        longest = timedelta(seconds=0 if self.has_asked else settings.SETTLEMENT_LONGEST_WAIT_SECONDS)
        return next_arrival(max(self.since + longest, timezone.now()))


def next_arrival(frozen_after: datetime) -> datetime:
    """The timetable's next turn, then the guardian's time for a veto; the chain itself takes minutes."""
    return frozen_after + timedelta(seconds=settings.SETTLEMENT_INTERVAL_SECONDS + settings.SETTLEMENT_DELAY_SECONDS)


def waits_of(user: User, balances: Iterable[Balance]) -> list[Wait]:
    """One for each balance. Three statements."""
    since = _since(user)
    thresholds = dict(PayoutPreference.objects.filter(user=user).values_list("token", "threshold"))
    asked = set(PayoutRequest.objects.filter(user=user, batch=None).values_list("chain", flat=True))
    held = set(SettlementBatch.objects.filter(state=SettlementBatch.State.HELD).values_list("chain", flat=True))
    return [
        Wait(
            balance=balance,
            own_threshold=thresholds.get(balance.token.pk, 0),
            threshold=max(thresholds.get(balance.token.pk, 0), balance.token.smallest_push),
            since=since.get(balance.token.pk),
            has_asked=balance.token.chain_id in asked,
            is_held_up=bool(balance.token.chain.stopped_reason) or balance.token.chain_id in held,
        )
        for balance in balances
    ]


def chains_waiting(waits: Iterable[Wait]) -> list[Chain]:
    """Those on which the person has something that is in no batch."""
    return list({wait.balance.token.chain: None for wait in waits if wait.balance.earned})


def _since(user: User) -> dict[UUID, datetime]:
    unsettled = Earning.objects.filter(user=user, payout=None).order_by()
    return dict(unsettled.values_list("escrow__token").annotate(since=Min("created_at")))
