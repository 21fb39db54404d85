"""Who has to answer which appeal, and what an appeal looks like to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from accounts.models import Membership, User
from annotation.models import Answer, Appeal, AppealStep, Project, RejectionHold
from annotation.queries.review import REVIEWERS, with_hidden_gold

SHOWN_OF_HOLD = 20
OBJECTIONS = (AppealStep.Kind.APPEALED, AppealStep.Kind.ESCALATED)


@dataclass(frozen=True)
class Waiting:
    """How many wait, and until when the first of them."""

    count: int
    due: datetime | None


@dataclass(frozen=True)
class HeldRejections:
    """A hold with what is under it: how many, by how many reviewers, and the first of them."""

    hold: RejectionHold
    count: int
    reviewers: int
    first: list[Appeal]


def appeals_to_answer(user: User) -> QuerySet[Appeal]:
    """`access.may_answer_appeal` in SQL, for members of clients' teams; the first deadline first."""
    mine = Membership.objects.filter(user=user, role__in=REVIEWERS).values("team")
    return _answerable(user, Appeal.State.APPEALED).filter(project__team__in=mine)


def appeals_to_judge(user: User) -> QuerySet[Appeal]:
    """The same for quality admins."""
    if not user.is_quality_admin:
        return Appeal.objects.none()
    mine = Membership.objects.filter(user=user).values("team")
    upheld = AppealStep.objects.filter(kind=AppealStep.Kind.UPHELD, by=user).values("appeal")
    return _answerable(user, Appeal.State.ESCALATED).exclude(project__team__in=mine).exclude(pk__in=upheld)


def own_open_rejections(user: User) -> QuerySet[Appeal]:
    """Where this annotator may still say something."""
    states = [Appeal.State.OPEN, Appeal.State.UPHELD]
    return Appeal.objects.filter(user=user, state__in=states).order_by("due_at", "pk")


def waiting(appeals: QuerySet[Appeal]) -> Waiting:
    found = appeals.order_by().aggregate(count=Count("pk"), due=Min("due_at"))
    return Waiting(found["count"], found["due"])


def live_holds() -> QuerySet[RejectionHold]:
    return RejectionHold.objects.filter(outcome="").select_related("team").order_by("began_at", "pk")


def with_rejections(holds: Sequence[RejectionHold]) -> list[HeldRejections]:
    return [_with_rejections(hold) for hold in holds]


def objection_of(appeal: Appeal) -> AppealStep | None:
    """What the annotator said last. Needs `steps` prefetched."""
    said = [step for step in appeal.steps.all() if step.kind in OBJECTIONS]
    return said[-1] if said else None


def _with_rejections(hold: RejectionHold) -> HeldRejections:
    held = hold.appeals.filter(state=Appeal.State.HELD)
    figures = held.order_by().aggregate(count=Count("pk"), reviewers=Count("verdict__decided_by", distinct=True))
    first = held.select_related("verdict", "project").order_by("created_at", "pk")[:SHOWN_OF_HOLD]
    return HeldRejections(hold, figures["count"], figures["reviewers"], list(first))


def _answerable(user: User, state: Appeal.State) -> QuerySet[Appeal]:
    hidden = with_hidden_gold(Project.objects.all(), user).filter(Q(hides_gold=True)).values("pk")
    appeals = Appeal.objects.filter(state=state, answer__in=Answer.objects.judgeable_by(user))
    # What silence has decided already is nobody's any more, also before the clock's next run.
    return (
        appeals.exclude(verdict__decided_by=user)
        .filter(Q(answer__item__is_gold=False) | ~Q(project__in=hidden))
        .select_related("project__team", "verdict", "answer")
        .prefetch_related("steps")
        .order_by("due_at", "pk")
    )
