"""How an annotator does in a project, for himself: beside the project, with what was said of it, and what to improve.

Everything is as of last midnight (UTC), and probes are told in fives. Who could watch a figure move with each answer
would learn which items are probes, and could tell others.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import User
from annotation.agreement.intervals import Interval, wilson
from annotation.kinds.schema import Schema
from annotation.models import AnnotatorProgress, Answer, Verdict
from annotation.queries.confusion import FieldConfusion, confusion_of
from annotation.queries.probes import recent_probes

# The last of the person's own answers are looked at.
MOST_ANSWERS = 2_000
PROBES_TOLD_IN = 5
# What was decided by so many, so surely, is what a person may be compared with.
LEAST_ANSWERS, LEAST_CONFIDENCE = 2, 0.8
MOST_SAYINGS = 5
SECONDS = 300


@dataclass(frozen=True)
class Share:
    right: int
    count: int

    @property
    def interval(self) -> Interval:
        return wilson(self.right, self.count)


@dataclass(frozen=True)
class Saying:
    """A reason that was given, how often, and the last words that came with it."""

    decision: str
    reason: str
    count: int
    evidence: str


@dataclass(frozen=True)
class OwnFigures:
    answers: int
    accepted: int
    judged: int
    probes: Share  # of the person
    project_probes: Share  # of everybody in the project
    compared: Share  # answers with what was decided
    confusions: list[FieldConfusion]
    sayings: list[Saying]
    as_of: datetime


def projects_with_figures(user: User) -> QuerySet[AnnotatorProgress]:
    """Where this person has answered something, the busiest first."""
    rows = AnnotatorProgress.objects.filter(user=user, answers__gt=0).select_related("project__team")
    return rows.annotate(judged=F("accepted") + F("rejected")).order_by("-answers", "pk")


def own_figures(progress: AnnotatorProgress, schema: Schema | None) -> OwnFigures:
    midnight = last_midnight()
    pairs = _pairs(progress, midnight)
    probes = [(answered, decided) for answered, decided, is_probe in pairs if is_probe]
    ordinary = [(decided, answered) for answered, decided, is_probe in pairs if not is_probe]
    told = len(probes) // PROBES_TOLD_IN * PROBES_TOLD_IN
    return OwnFigures(
        answers=progress.answers,
        accepted=progress.accepted,
        judged=progress.accepted + progress.rejected,
        # The oldest of them, so that the ones not told yet come with the next five.
        probes=_share(probes[::-1][:told]),
        project_probes=_of_project(progress.project_id, midnight),
        compared=_share(ordinary),
        confusions=confusion_of(schema, ordinary) if schema else [],
        sayings=_sayings(progress),
        as_of=midnight,
    )


def last_midnight() -> datetime:
    return timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _share(pairs: Iterable[tuple[Any, Any]]) -> Share:
    right = [one == other for one, other in pairs]
    return Share(sum(right), len(right))


def _of_project(project_id: UUID, midnight: datetime) -> Share:
    name = f"annotation:probes:{project_id}:{midnight:%Y%m%d}"
    found: Share | None = cache.get(name)
    if found is None:
        found = _share((probe.value, probe.gold) for probe in recent_probes(project_id, before=midnight))
        cache.set(name, found, SECONDS)
    return found


def _pairs(progress: AnnotatorProgress, midnight: datetime) -> list[tuple[Any, Any, bool]]:
    """(answered, right or decided, whether it was a probe), the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PAIRS,
            {
                "user": progress.user_id, "project": progress.project_id, "midnight": midnight, "most": MOST_ANSWERS,
                "answers": LEAST_ANSWERS, "confidence": LEAST_CONFIDENCE,
            },
        )  # fmt: skip
        return [(json.loads(mine), json.loads(right), is_probe) for mine, right, is_probe in cursor.fetchall()]


def _sayings(progress: AnnotatorProgress) -> list[Saying]:
    """Reasons of rejections and returns, the most frequent first."""
    last = Answer.objects.filter(user=progress.user_id, project=progress.project_id).order_by("-id")[:MOST_ANSWERS]
    rows = (
        Verdict.objects.filter(answer__in=last.values("pk"))
        .exclude(decision=Verdict.Decision.ACCEPTED)
        .order_by("-id")
        .values_list("decision", "reason", "evidence")
    )
    counts: Counter[tuple[str, str]] = Counter()
    words: dict[tuple[str, str], str] = {}
    for decision, reason, evidence in rows:
        counts[decision, reason] += 1
        words.setdefault((decision, reason), evidence)
    return [
        Saying(str(Verdict.Decision(key[0]).label), str(Verdict.Reason(key[1]).label), count, words[key])
        for key, count in counts.most_common(MOST_SAYINGS)
    ]


_PAIRS = """
SELECT a.value, coalesce(g.value, r.value), g.value IS NOT NULL
  FROM (SELECT id, item_id, value, created_at FROM annotation_answer
         WHERE user_id = %(user)s AND project_id = %(project)s ORDER BY id DESC LIMIT %(most)s) a
  LEFT JOIN annotation_goldanswer g ON g.item_id = a.item_id
  LEFT JOIN annotation_resolution r ON r.item_id = a.item_id
 WHERE a.created_at < %(midnight)s
   AND (g.value IS NOT NULL OR (r.answers >= %(answers)s AND r.confidence >= %(confidence)s))
 ORDER BY a.id DESC
"""
