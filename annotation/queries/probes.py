"""The last answers to hidden probes of a project: how often they were right, over time, and whether that has fallen."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Sum

from annotation.agreement.drift import Drift, step_down
from annotation.agreement.intervals import Interval, wilson
from annotation.models import AnnotatorProgress

MOST_PROBES = 2_000
# Points of the line: each of equally many answers, so that their intervals can be compared.
MOST_POINTS, LEAST_IN_POINT = 20, 15


@dataclass(frozen=True)
class Probe:
    at: datetime
    user: int
    item: int
    value: dict[str, Any]
    gold: dict[str, Any]

    @property
    def is_right(self) -> bool:
        return self.value == self.gold


@dataclass(frozen=True)
class Point:
    first: datetime
    last: datetime
    right: int
    count: int
    interval: Interval
    after_step: bool


@dataclass(frozen=True)
class ProbeFigures:
    """`right` of `count` are of the last MOST_PROBES; `all_right` of `all_seen` of the whole project."""

    all_right: int
    all_seen: int
    right: int
    count: int
    points: list[Point]
    drift: Drift | None
    since: datetime | None  # the first answer after the step, where there is an alarm

    @property
    def has_fallen(self) -> bool:
        return self.drift is not None and self.drift.has_fallen

    @property
    def is_cut(self) -> bool:
        return self.count >= MOST_PROBES


def probes_seen(project_id: UUID) -> tuple[int, int]:
    """Right and seen, over the whole project: summed over its people."""
    people = AnnotatorProgress.objects.filter(project=project_id)
    sums = people.aggregate(right=Sum("gold_right"), seen=Sum("gold_seen"))
    return sums["right"] or 0, sums["seen"] or 0


def recent_probes(project_id: UUID, *, before: datetime | None = None) -> list[Probe]:
    """The last of them in order of time. Read backwards through the project's answers, so never more than is needed."""
    with connection.cursor() as cursor:
        cursor.execute(_RECENT, {"project": project_id, "most": MOST_PROBES, "before": before})
        rows = cursor.fetchall()
    # A cursor of Django gives JSON as text.
    return [
        Probe(at, user, item, json.loads(value), json.loads(gold)) for at, user, item, value, gold in reversed(rows)
    ]


def probe_counts(project_id: UUID) -> dict[str, Any]:
    """What a project's summary keeps of them."""
    right, seen = probes_seen(project_id)
    figures = figures_of(recent_probes(project_id) if seen else [], right, seen)
    return {"probes_seen": seen, "probes_right": right, "probes_fallen_at": figures.since}


def figures_of(probes: Sequence[Probe], all_right: int, all_seen: int) -> ProbeFigures:
    drift = step_down(np.array([probe.is_right for probe in probes], dtype=np.float64))
    step = drift.at if drift is not None and drift.has_fallen else None
    return ProbeFigures(
        all_right=all_right,
        all_seen=all_seen,
        right=sum(probe.is_right for probe in probes),
        count=len(probes),
        points=_points(probes, step),
        drift=drift,
        since=None if step is None else probes[step].at,
    )


def _points(probes: Sequence[Probe], step: int | None) -> list[Point]:
    number = min(MOST_POINTS, len(probes) // LEAST_IN_POINT)
    edges = np.linspace(0, len(probes), number + 1).round().astype(int).tolist() if number else []
    points = []
    for first, last in pairwise(edges):
        part = probes[first:last]
        right = sum(probe.is_right for probe in part)
        after = step is not None and (first + last) / 2 >= step
        points.append(Point(part[0].at, part[-1].at, right, len(part), wilson(right, len(part)), after))
    return points


_RECENT = """
SELECT a.created_at, a.user_id, a.item_id, a.value, g.value
  FROM annotation_answer a JOIN annotation_goldanswer g ON g.item_id = a.item_id
 WHERE a.project_id = %(project)s AND (%(before)s::timestamptz IS NULL OR a.created_at < %(before)s)
 ORDER BY a.id DESC LIMIT %(most)s
"""
