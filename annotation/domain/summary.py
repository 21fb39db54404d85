"""Counts that pages would have to read every item and answer for, kept in a row each and made anew in the background.

A project is counted again when something happened in it, and the sooner the cheaper it is: at most a twentieth of the
time goes into counting it. Pages say as of when a figure is.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from annotation.models import AnnotatorProgress, ClientSummary, Project, ProjectSummary, ReviewerSummary, SummaryRun
from annotation.queries.probes import probe_counts
from annotation.queries.project import count_project
from annotation.queries.quality import ClientRate, count_client_rates, count_reviewers
from rewards.domain.locks import only_one

# Beside the kinds of rewards.domain.locks and of file_work.
SUMMARIES = 0x464F4711
ALIVE = (Project.State.OPEN, Project.State.PAUSED, Project.State.CLOSING)
REST_FACTOR = 20
LEAST_REST = timedelta(seconds=8)
# Leases that run out leave no mark: after so long an unmarked project is counted all the same.
MOST_REST = timedelta(minutes=5)


def summarize_projects() -> int:
    """Count what has changed; how many projects were. A run that overlaps another leaves it to that."""
    with only_one(SUMMARIES, 1) as is_ours:
        return sum(1 for _project in _summarized()) if is_ours else 0


def summarize_clients() -> int:
    """Make every client's rates anew, and forget those who had nothing judged of late."""
    with only_one(SUMMARIES, 2) as is_ours:
        if not is_ours:
            return 0
        now, rates = timezone.now(), count_client_rates()
        with transaction.atomic():
            ClientSummary.objects.exclude(team__in=[rate.team for rate in rates]).delete()
            ClientSummary.objects.bulk_create(
                [_client_row(rate, now) for rate in rates],
                update_conflicts=True,
                unique_fields=["team"],
                update_fields=[
                    "rejected", "judged", "rejected_before", "judged_before", "rate", "has_jumped", "counted_at",
                ],
            )  # fmt: skip
    return len(rates)


def summarize_people() -> int:
    """How often each annotator was right on gold, and what each reviewer decided; how many people were counted."""
    with only_one(SUMMARIES, 3) as is_ours:
        if not is_ours:
            return 0
        return _run(SummaryRun.Name.GOLD, _summarize_gold) + _run(SummaryRun.Name.REVIEWERS, _summarize_reviewers)


def _run(name: SummaryRun.Name, count: Callable[[], int]) -> int:
    last = SummaryRun.objects.filter(pk=name).first()
    began, now = time.monotonic(), timezone.now()
    if last is not None and now - last.counted_at < timedelta(milliseconds=REST_FACTOR * last.took_ms):
        return 0
    with transaction.atomic():
        people = count()
        took = round(1000 * (time.monotonic() - began))
        SummaryRun.objects.update_or_create(pk=name, defaults={"took_ms": took, "counted_at": now})
    return people


def _summarize_gold() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_GOLD)
        return cursor.rowcount


def _summarize_reviewers() -> int:
    rows = count_reviewers()
    ReviewerSummary.objects.exclude(pk__in=[row.pk for row in rows]).delete()
    ReviewerSummary.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=[
            "accepted", "rejected", "returned", "judged", "overturned", "right", "wrong", "last", "always_accepts",
        ],
    )  # fmt: skip
    return len(rows)


def summarize_project(project: Project, *, marker: str = "") -> ProjectSummary:
    """Count one project now, whatever it costs."""
    began, now = time.monotonic(), timezone.now()
    figures: dict[str, Any] = count_project(project) | probe_counts(project.pk)
    figures |= {"marker": marker, "counted_at": now, "took_ms": round(1000 * (time.monotonic() - began))}
    summary, _is_new = ProjectSummary.objects.update_or_create(project=project, defaults=figures)
    return summary


def _summarized() -> Iterator[ProjectSummary]:
    now = timezone.now()
    # A closed project is counted once more, after its end.
    due = Q(state__in=ALIVE) | Q(state=Project.State.CLOSED, summary__counted_at__lte=F("closed_at"))
    projects = list(Project.objects.filter(due, opened_at__isnull=False).select_related("summary").order_by("pk"))
    markers = _markers([project.pk for project in projects])
    for project in projects:
        marker = f"{project.state} {markers.get(project.pk, '')}"
        if _is_due(getattr(project, "summary", None), marker, now):
            yield summarize_project(project, marker=marker)


def _is_due(summary: ProjectSummary | None, marker: str, now: Any) -> bool:
    if summary is None:
        return True
    age = now - summary.counted_at
    if age < max(LEAST_REST, timedelta(milliseconds=REST_FACTOR * summary.took_ms)):
        return False
    return summary.marker != marker or age > MOST_REST


def _markers(projects: list[UUID]) -> dict[UUID, str]:
    """What changes whenever somebody takes, answers or judges something. One statement for all projects."""
    rows = (
        AnnotatorProgress.objects.filter(project__in=projects)
        .order_by()
        .values_list("project")
        .annotate(Sum("leases_drawn"), Sum("answers"), Sum("accepted"), Sum("rejected"))
    )
    return {project: " ".join(map(str, sums)) for project, *sums in rows}


def _client_row(rate: ClientRate, now: Any) -> ClientSummary:
    return ClientSummary(
        team=rate.team,
        rejected=rate.rejected,
        judged=rate.judged,
        rejected_before=rate.rejected_before,
        judged_before=rate.judged_before,
        rate=rate.rejected / max(1, rate.judged),
        has_jumped=rate.has_jumped,
        counted_at=now,
    )


# Nobody unsees gold, so no row has to go; and only those that changed are written.
_GOLD = """
INSERT INTO annotation_goldsummary AS old (user_id, seen, "right", answers, projects, share)
SELECT user_id, sum(gold_seen), sum(gold_right), sum(answers), count(*), sum(gold_right)::float / sum(gold_seen)
  FROM annotation_annotatorprogress WHERE gold_seen > 0 GROUP BY user_id
ON CONFLICT (user_id) DO UPDATE
   SET seen = excluded.seen, "right" = excluded."right", answers = excluded.answers, projects = excluded.projects,
       share = excluded.share
 WHERE (old.seen, old."right", old.answers, old.projects)
       IS DISTINCT FROM (excluded.seen, excluded."right", excluded.answers, excluded.projects)
"""
