"""Projects in a list: what each of them waits for, in the same few statements for one and for fifty."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, QuerySet, Sum

from accounts.models import Membership, Role, User
from annotation.models import Answer, Project
from annotation.queries.figures import answers_done
from rewards.models import Token

MANAGING = (Role.OWNER, Role.MANAGER)


@dataclass(frozen=True)
class ProjectCard:
    """A project with its figures and with what is waited for: "setup", "opening", "review", or nothing."""

    project: Project
    done: int
    total: int
    pending: int
    waits_for: str


@dataclass(frozen=True)
class PendingPay:
    """What this person's answers would earn that still wait for a verdict."""

    token: Token
    minor: int
    answers: int


def project_cards(user: User, projects: list[Project]) -> list[ProjectCard]:
    ids = [project.pk for project in projects]
    done, pending = answers_done(ids), answers_waiting(ids)
    managed = set(Membership.objects.filter(user=user, role__in=MANAGING).values_list("team", flat=True))
    return [
        ProjectCard(
            project=project,
            done=min(done.get(project.pk, 0), project.items_total * project.overlap),
            total=project.items_total * project.overlap,
            pending=pending.get(project.pk, 0),
            waits_for=_waits_for(project, pending.get(project.pk, 0), is_mine=project.team_id in managed),
        )
        for project in projects
    ]


def answers_waiting(project_ids: list[UUID]) -> dict[UUID, int]:
    """Answers of these projects that wait for a verdict."""
    waiting = Answer.objects.filter(state=Answer.State.PENDING, review_due_at__isnull=False, project__in=project_ids)
    return {row["project"]: row["n"] for row in waiting.order_by().values("project").annotate(n=Count("pk"))}


def pending_pay(user: User) -> list[PendingPay]:
    waiting = Answer.objects.filter(user=user, state=Answer.State.PENDING).order_by()
    first = waiting.values(paid_in=F("project__token"))
    second = waiting.exclude(project__second_pay=None).values(paid_in=F("project__second_pay__token"))
    rows = [
        *first.annotate(minor=Sum("price_minor"), answers=Count("pk")),
        *second.annotate(minor=Sum("project__second_pay__price_minor"), answers=Count("pk")),
    ]
    tokens = Token.objects.select_related("chain").in_bulk([row["paid_in"] for row in rows])
    return [PendingPay(tokens[row["paid_in"]], int(row["minor"]), row["answers"]) for row in rows]


def projects_to_review() -> QuerySet[Project]:
    """For the quality admin: projects with answers that wait, the most first."""
    waiting = Answer.objects.filter(state=Answer.State.PENDING).order_by()
    counts = {row["project"]: row["n"] for row in waiting.values("project").annotate(n=Count("pk")).order_by("-n")[:10]}
    return Project.objects.filter(pk__in=counts).select_related("team", "token__chain")


def _waits_for(project: Project, pending: int, *, is_mine: bool) -> str:
    if is_mine and project.state == Project.State.DRAFT:
        return "setup"
    if is_mine and project.state == Project.State.FUNDED:
        return "opening"
    return "review" if pending else ""
