"""What /health/ready/ and the heartbeat metric know: each part's answer, or when it was last heard of."""

import time
from collections.abc import Callable, Iterator
from functools import cache as once

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lib.metrics import GAUGES
from rewards.domain import node
from rewards.exceptions import RewardsError
from rewards.models import Chain

HEARTBEAT_SECONDS = 15
# Four missed in a row: a worker that is busy with two long imports is late, not dead.
SILENCE_SECONDS = 60
KEPT_SECONDS = 24 * 3600
WORKER, CHAIN = "heard-of-worker", "heard-of-chain"
PARTS = {"worker": WORKER, "chain": CHAIN}


class NotMigrated(Exception):
    pass


def note_worker() -> None:
    cache.set(WORKER, time.time(), KEPT_SECONDS)


def note_chain() -> None:
    """Asked by the worker, so that a probe never waits for somebody else's node."""
    chain = Chain.objects.filter(chain_id=settings.CHAIN_ID).first()
    if chain is None:
        return
    try:
        node.client_for(chain).block_number()
    except RewardsError:
        return
    cache.set(CHAIN, time.time(), KEPT_SECONDS)


def needed() -> dict[str, bool]:
    """Without one of these no page can be served."""
    checks: dict[str, Callable[[], bool]] = {
        "database": database_answers,
        "valkey": valkey_answers,
        "migrations": migrations_are_applied,
    }
    return {name: answers_without_trouble(check) for name, check in checks.items()}


def wanted() -> dict[str, bool]:
    """Without these pages are served and answers taken, but money and imports wait."""
    try:
        heard = cache.get_many(PARTS.values())
    except Exception:  # needed() says that Valkey is away
        heard = {}
    now = time.time()
    return {name: now - heard.get(key, 0) < SILENCE_SECONDS for name, key in PARTS.items()}


def answers_without_trouble(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # whatever it is, the answer to the question is no
        return False


def database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def valkey_answers() -> bool:
    cache.set("ready", 1, 5)
    return bool(cache.get("ready") == 1)


@once
def _is_up_to_date(alias: str) -> bool:
    """Remembered when true: new code, which may bring migrations, comes with a new process."""
    if missing_migrations():
        raise NotMigrated
    return True


def migrations_are_applied() -> bool:
    return _is_up_to_date(connection.alias)


def missing_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


class HeartbeatCollector(Collector):
    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            heard = cache.get_many(PARTS.values())
        except Exception:  # the other metrics are still wanted when Valkey is away
            return
        gauge = GaugeMetricFamily("foggara_heard_of_seconds", "Seconds since a part last answered.", labels=["part"])
        for part, key in PARTS.items():
            if key in heard:
                gauge.add_metric([part], time.time() - heard[key])
        yield gauge


def register() -> None:
    GAUGES.register(HeartbeatCollector())
