"""Gauges of the queue for Prometheus, asked when scraped and at most every SECONDS: cheap at ten million items."""

import threading
import time
from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, connection
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lib.metrics import GAUGES

SECONDS = 10.0
# Waiting rows are counted in their partial indexes, and no further than this.
MOST_COUNTED = 100_000

# Items are never counted: places wanted are items × overlap, and places used come from the annotators' counters.
_PROJECTS = """
SELECT p.state, count(*), sum(p.items_total * p.overlap),
       sum((SELECT coalesce(sum(a.answers - a.rejected - a.gold_seen), 0) FROM annotation_annotatorprogress a
             WHERE a.project_id = p.id))
  FROM annotation_project p WHERE p.state <> 'draft' GROUP BY p.state
"""
_LEASES = """
SELECT count(*) FILTER (WHERE expires_at >= now()), count(*) FILTER (WHERE expires_at < now())
  FROM annotation_assignment WHERE state = 'leased'
"""
_WAITING = {
    "verdict": "SELECT 1 FROM annotation_answer WHERE state = 'pending' AND review_due_at IS NOT NULL",
    "count": "SELECT 1 FROM annotation_answer WHERE NOT is_counted",
    "accrual": "SELECT 1 FROM annotation_answer WHERE state = 'accepted' AND NOT is_accrued",
}


class QueueCollector(Collector):
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked_at = -SECONDS
        self._found: list[Metric] = []

    def describe(self) -> list[Metric]:
        """Without asking the database: it may not be there when the process starts."""
        return []

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            if time.monotonic() - self._asked_at >= SECONDS:
                self._asked_at = time.monotonic()
                try:
                    self._found = list(queue_gauges())
                except DatabaseError:
                    # The other metrics are still wanted then; these are asked for again at the next scrape.
                    self._found, self._asked_at = [], -SECONDS
            yield from self._found


def queue_gauges() -> Iterator[Metric]:
    projects = GaugeMetricFamily("foggara_projects", "Projects past their draft.", labels=["state"])
    wanted = GaugeMetricFamily("foggara_answers_wanted", "Answers that projects still want, about.", labels=["state"])
    for state, count, places, answers in _rows(_PROJECTS):
        projects.add_metric([state], count)
        wanted.add_metric([state], max(0, int(places) - int(answers)))
    yield projects
    yield wanted
    live, overdue = _rows(_LEASES)[0]
    yield GaugeMetricFamily("foggara_leases_live", "Leases that hold a place.", value=live)
    yield GaugeMetricFamily("foggara_leases_overdue", "Leases that ran out and are not swept yet.", value=overdue)
    waiting = GaugeMetricFamily("foggara_answers_waiting", f"Answers that wait; up to {MOST_COUNTED}.", labels=["step"])
    for step, rows in _WAITING.items():
        ((count,),) = _rows(f"SELECT count(*) FROM ({rows} LIMIT {MOST_COUNTED}) waiting")  # noqa: S608
        waiting.add_metric([step], count)
    yield waiting


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def register() -> None:
    GAUGES.register(QueueCollector())
