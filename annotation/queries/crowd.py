"""A project's annotators as its client sees them: pseudonyms and figures, never names."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotation.agreement.intervals import Interval, wilson
from annotation.agreement.stored import standings_of
from annotation.models import AnnotatorProgress, Project
from annotation.queries.export import pseudonym

DAYS = 14
# In answers that were checked; less is no figure.
LEAST_EVIDENCE = 1.0


@dataclass(frozen=True)
class CrowdRow:
    name: str
    answers: int
    accepted: int
    judged: int
    gold_right: int
    gold_seen: int
    median_seconds: float | None
    # How often right, by the consensus and the probes, in answers' worth of checking; None before the first.
    reliability: Interval | None = None
    user_id: int = 0


def annotators_of(project: Project) -> QuerySet[AnnotatorProgress]:
    """Those who answered something, the busiest first."""
    return project.annotators.filter(answers__gt=0).order_by("-answers", "pk")


def crowd_rows(project: Project, progress: list[AnnotatorProgress], *, with_gold: bool = True) -> list[CrowdRow]:
    """Without what gold is part of for whoever it is there to test: a figure that moves tells which item was gold."""
    medians = _medians(project, [row.user_id for row in progress])
    return [
        CrowdRow(
            name=pseudonym(project.team_id, row.user_id),
            answers=row.answers,
            accepted=row.accepted,
            judged=row.accepted + row.rejected,
            gold_right=row.gold_right if with_gold else 0,
            gold_seen=row.gold_seen if with_gold else 0,
            median_seconds=medians.get(row.user_id),
            reliability=reliability_of(row.reliability) if with_gold else None,
            user_id=row.user_id,
        )
        for row in progress
    ]


def reliability_of(saved: dict[str, list[float]]) -> Interval | None:
    """Over all questions together, with Wilson's interval for so much evidence."""
    standings = standings_of(saved).values()
    evidence = sum(standing.evidence for standing in standings)
    if evidence < LEAST_EVIDENCE:
        return None
    correct = sum(standing.correct for standing in standings)
    return wilson(min(max(correct, 0.0), evidence), evidence)


def answers_per_day(project: Project) -> list[tuple[date, int]]:
    """The last two weeks, days without answers included."""
    today = timezone.localdate()
    first = today - timedelta(days=DAYS - 1)
    counted = (
        project.answers.filter(created_at__date__gte=first)
        .annotate(day=TruncDate("created_at"))
        .order_by()
        .values("day")
        .annotate(n=Count("pk"))
    )
    by_day = {row["day"]: row["n"] for row in counted}
    return [(day, by_day.get(day, 0)) for day in (first + timedelta(days=n) for n in range(DAYS))]


def _medians(project: Project, users: list[int]) -> dict[int, float]:
    if not users:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_MEDIANS, {"project": project.pk, "users": users})
        return {user: round(float(ms) / 1000, 1) for user, ms in cursor.fetchall() if ms is not None}


_MEDIANS = """
SELECT user_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(nullif(active_ms, 0), lead_ms))
  FROM annotation_answer WHERE project_id = %(project)s AND user_id = ANY (%(users)s) GROUP BY user_id
"""
