"""Gauges of settlement and ledger, read from the database when Prometheus asks."""

import time
from collections.abc import Iterator

from django.db import DatabaseError
from django.db.models import Count, Min, Q, Sum
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lib.metrics import GAUGES

# Summing all accounts is the one dear question; books go wrong slowly.
IMBALANCE_EVERY_SECONDS = 60.0


class RewardsCollector(Collector):
    def __init__(self) -> None:
        self._imbalance: list[tuple[str, float]] = []
        self._asked_at = float("-inf")

    def describe(self) -> list[Metric]:
        return []  # so that registering asks the database nothing

    def collect(self) -> Iterator[Metric]:
        try:
            yield from [
                self._ages(),
                self._intents(),
                self._stopped(),
                self._unread(),
                self._incidents(),
                self._ledger(),
            ]
        except DatabaseError:
            return

    def _ages(self) -> Metric:
        from rewards.models import SettlementBatch

        gauge = GaugeMetricFamily(
            "foggara_settlement_age_seconds", "Age of the oldest batch that is not final.", labels=["chain"]
        )
        waiting = SettlementBatch.objects.exclude(state__in=SettlementBatch.ENDED)
        for chain_id, since in waiting.values_list("chain__chain_id").annotate(since=Min("created_at")).order_by():
            gauge.add_metric([str(chain_id)], (timezone.now() - since).total_seconds())
        return gauge

    def _intents(self) -> Metric:
        from rewards.models import ChainIntent

        gauge = GaugeMetricFamily("foggara_intents", "Intents not confirmed, by state.", labels=["chain", "state"])
        rows = ChainIntent.objects.exclude(state=ChainIntent.State.CONFIRMED).values_list("chain__chain_id", "state")
        for chain_id, state, count in rows.annotate(count=Count("pk")).order_by():
            gauge.add_metric([str(chain_id), state], count)
        return gauge

    def _stopped(self) -> Metric:
        from rewards.models import Chain

        gauge = GaugeMetricFamily("foggara_chain_stopped", "1 when nothing is sent to the chain.", labels=["chain"])
        for chain_id, reason in Chain.objects.values_list("chain_id", "stopped_reason"):
            gauge.add_metric([str(chain_id)], 1.0 if reason else 0.0)
        return gauge

    def _unread(self) -> Metric:
        from rewards import queries

        gauge = GaugeMetricFamily(
            "foggara_chain_unread_seconds",
            "How long settlement has waited for a block that the indexer has not read.",
            labels=["chain"],
        )
        for chain in queries.chains().prefetch_related(None):
            since = queries.unread_since(chain)
            gauge.add_metric([str(chain.chain_id)], (timezone.now() - since).total_seconds() if since else 0.0)
        return gauge

    def _incidents(self) -> Metric:
        from rewards.models import Chain

        gauge = GaugeMetricFamily(
            "foggara_incidents_open", "Differences between ledger and chain that nobody resolved.", labels=["chain"]
        )
        is_open = Count("incidents", filter=Q(incidents__resolved_at=None))
        for chain_id, count in Chain.objects.annotate(count=is_open).values_list("chain_id", "count"):
            gauge.add_metric([str(chain_id)], count)
        return gauge

    def _ledger(self) -> Metric:
        from rewards.models import LedgerAccount

        if time.monotonic() - self._asked_at > IMBALANCE_EVERY_SECONDS:
            rows = LedgerAccount.objects.values_list("token__address").annotate(off=Sum("balance")).order_by()
            self._imbalance = [(address, float(off)) for address, off in rows]
            self._asked_at = time.monotonic()
        gauge = GaugeMetricFamily("foggara_ledger_imbalance", "Sum of all accounts; 0 is sound.", labels=["token"])
        for address, off in self._imbalance:
            gauge.add_metric([address], off)
        return gauge


def register() -> None:
    GAUGES.register(RewardsCollector())
