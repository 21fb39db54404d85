"""What annotators see of projects: those they can work on, those they cannot and why, and what a project is like."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from annotation.eligibility import Why, reasons_against
from annotation.models import Project, SecondPay
from annotation.queries.exams import Prospect, prospects_of
from annotation.queries.figures import answers_done
from annotation.queries.standing import can_work, standing_of, visible_projects, with_places, with_standing

# So many answers before their median says something; and so many of the latest are looked at.
ANSWERS_FOR_PACE = 20
ANSWERS_LOOKED_AT = 200
BESIDES = "second_pay__token__chain"


@dataclass(frozen=True)
class Pace:
    """The median active time of the latest answers, and what an hour at that pace pays. None: not measured yet."""

    answers: int
    median_ms: int | None
    hourly_minor: int | None
    second_hourly_minor: int | None = None  # of the second token, where the project pays in two


@dataclass(frozen=True)
class WorkRow:
    """A project in an annotator's list."""

    project: Project
    why_not: list[Why]
    remaining: int
    total: int
    mine: int
    live_leases: int
    has_rework: bool
    pace: Pace
    exam: Prospect | None = None  # of the exam that he has yet to pass

    @property
    def done(self) -> int:
        return self.total - self.remaining

    @property
    def median_seconds(self) -> float | None:
        return None if self.pace.median_ms is None else round(self.pace.median_ms / 1000, 1)


def work_projects(user: User, *, is_workable: bool | None = None) -> QuerySet[Project]:
    """Visible projects with this person's standing, newest first; only those he can or cannot work on when asked."""
    projects = with_places(with_standing(visible_projects(user), user)).select_related("team", "token__chain", BESIDES)
    if is_workable is True:
        projects = projects.filter(can_work(user))
    elif is_workable is False:
        projects = projects.exclude(pk__in=projects.filter(can_work(user)).values("pk"))
        projects = projects.exclude(state=Project.State.CLOSED)
    return projects.order_by("-opened_at", "-pk")


def work_rows(projects: list[Project], user: User) -> list[WorkRow]:
    """Two statements more, however many projects; four more where an exam is to be passed."""
    done = answers_done([project.pk for project in projects])
    paces = median_times([project.pk for project in projects])
    asking = [project.pk for project in projects if project.needs_exam]  # type: ignore[attr-defined]
    exams = prospects_of(user, asking) if asking else {}
    return [
        _row(project, user, done.get(project.pk, 0), paces.get(project.pk, (0, 0)), exams.get(project.pk))
        for project in projects
    ]


def work_project(user: User, project_id: UUID) -> Project:
    """A project this person may see as an annotator; 404 for others."""
    projects = with_places(with_standing(visible_projects(user), user))
    project = projects.select_related("team", "token__chain", "schema_version", BESIDES).filter(pk=project_id).first()
    if project is None or project.schema_version is None or project.token is None:
        raise Http404
    return project


def can_see_work(user: User, project_id: UUID) -> bool:
    return visible_projects(user).filter(pk=project_id).exists()


def median_times(project_ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    """(answers looked at, median milliseconds) of each project's latest answers."""
    if not project_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_MEDIANS, {"projects": [str(each) for each in project_ids], "latest": ANSWERS_LOOKED_AT})
        return {row[0]: (row[1], round(row[2])) for row in cursor.fetchall()}


def _row(project: Project, user: User, done: int, latest: tuple[int, int], exam: Prospect | None) -> WorkRow:
    standing = standing_of(project)
    total = project.items_total * project.overlap
    return WorkRow(
        project=project,
        why_not=reasons_against(user, project, standing),
        remaining=max(0, total - done),
        total=total,
        mine=standing.answers,
        live_leases=standing.live_here,
        has_rework=project.has_rework,  # type: ignore[attr-defined]
        pace=_pace(project, *latest),
        exam=exam,
    )


def _pace(project: Project, answers: int, median_ms: int) -> Pace:
    if answers < ANSWERS_FOR_PACE or median_ms <= 0:
        return Pace(answers, None, None)
    second = second_price(project)
    return Pace(
        answers,
        median_ms,
        hourly(int(project.price_minor), median_ms),
        hourly(int(second.price_minor), median_ms) if second else None,
    )


def hourly(price_minor: int, answer_ms: int) -> int:
    return three_digits(price_minor * 3_600_000 // answer_ms)


def second_price(project: Project) -> SecondPay | None:
    """Of a project that was read with BESIDES: what its answers earn of another token as well."""
    return getattr(project, "second_pay", None)


def prices_json(project: Project) -> dict[str, Any]:
    """The price, and `second_price`: null where the project pays in one token."""
    second = second_price(project)
    return {
        "price": {"minor": str(project.price_minor), "token": token_json(project.token)},
        "second_price": {"minor": str(second.price_minor), "token": token_json(second.token)} if second else None,
    }


def three_digits(minor: int) -> int:
    """An estimate is not exact to the last unit, and should not look like it."""
    unit = 10 ** max(0, len(str(minor)) - 3)
    return minor // unit * unit


def token_json(token: Any) -> dict[str, Any]:
    return {
        "symbol": token.symbol,
        "decimals": token.decimals,
        "address": token.address,
        "chain_id": token.chain.chain_id,
    }


_MEDIANS = """
SELECT wanted.id, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY latest.ms)
  FROM unnest(%(projects)s::uuid[]) AS wanted (id),
       LATERAL (SELECT coalesce(nullif(a.active_ms, 0), a.lead_ms) AS ms FROM annotation_answer a
                 WHERE a.project_id = wanted.id ORDER BY a.id DESC LIMIT %(latest)s) latest
 GROUP BY wanted.id
"""
