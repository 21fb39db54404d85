"""What a client asks of a project: how far it is, and what it has cost."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Min, Q, Sum
from django.utils import timezone

from annotation.models import Answer, Assignment, Item, ItemTarget, Project, ProjectSummary
from annotation.queries.review import UNCERTAIN
from rewards.models import Token
from rewards.money import fee_minor
from rewards.queries import amount_json

# So many wanted answers are counted while somebody waits; a larger project is read from its summary.
COUNTED_AT_ONCE = 20_000


@dataclass(frozen=True)
class Progress:
    """Counts of one project: `places` are wanted answers, `answers` count, `uncounted` are not in the consensus yet."""

    items: int
    items_done: int
    places: int
    answers: int
    leased: int
    pending: int
    accepted: int
    rejected: int
    returned: int
    uncounted: int
    annotators: int
    mean_confidence: float | None
    as_of: datetime
    collecting: "Collecting | None" = None

    def as_json(self) -> dict[str, Any]:
        """`collecting` is null where every item gets a fixed number of answers."""
        found = asdict(self)
        if self.collecting is not None and self.collecting.token is not None:
            found["collecting"] = self.collecting.as_json()
        return found


@dataclass(frozen=True)
class Collecting:
    """Where answers are collected until items are sure: how many are, and what that costs against a fixed number.

    Costs are those of answers that were not rejected, with the fee on them and without reviews, in the first token.
    """

    items: int
    sure: int
    at_most: int
    bought: int
    fixed: int
    cost_minor: int
    fixed_cost_minor: int
    token: Token | None

    @property
    def still_open(self) -> int:
        return max(0, self.items - self.sure - self.at_most)

    @property
    def saved_minor(self) -> int:
        """Against a fixed number, if nothing more were bought."""
        return self.fixed_cost_minor - self.cost_minor

    @property
    def per_item(self) -> float | None:
        return self.bought / self.items if self.items else None

    def as_json(self) -> dict[str, Any]:
        costs = {"cost": self.cost_minor, "fixed_cost": self.fixed_cost_minor, "saved": self.saved_minor}
        return {
            "items": self.items,
            "sure": self.sure,
            "still_open": self.still_open,
            "at_most": self.at_most,
            "answers": self.bought,
            "fixed_answers": self.fixed,
            "answers_per_item": self.per_item,
        } | {name: amount_json(self.token, minor) for name, minor in costs.items() if self.token}


def progress_of(project: Project) -> Progress:
    """What a small project is at now, and what a large one was at when the background last counted it."""
    if project.items_total * project.overlap > COUNTED_AT_ONCE:
        summary = ProjectSummary.objects.filter(project=project).first()
        if summary is not None:
            kept = {name: getattr(summary, name) for name in (*_COUNTS, "ordinary", "bought", "sure", "at_most")}
            return _progress(project, kept, summary.counted_at)
    return _progress(project, count_project(project), timezone.now())


def count_project(project: Project) -> dict[str, Any]:
    """Every figure of a ProjectSummary. Four statements, which read all items and answers of the project; one more
    where items are collected until they are sure."""
    items = project.items.exclude(state=Item.State.HIDDEN).aggregate(
        items=Count("pk"),
        items_done=Count("pk", filter=Q(answered__gte=F("places"))),
        places=Sum("places", default=0),
        ordinary=Count("pk", filter=Q(is_gold=False)),
        bought=Sum("answered", filter=Q(is_gold=False), default=0),
    )
    states = Answer.State
    answers = project.answers.aggregate(
        pending=Count("pk", filter=Q(state=states.PENDING)),
        accepted=Count("pk", filter=Q(state=states.ACCEPTED)),
        rejected=Count("pk", filter=Q(state=states.REJECTED)),
        returned=Count("pk", filter=Q(state=states.RETURNED)),
        uncounted=Count("pk", filter=Q(is_counted=False)),
        annotators=Count("user", distinct=True),
        due_at=Min("review_due_at", filter=Q(state=states.PENDING)),
    )
    resolutions = project.resolutions.aggregate(
        resolved=Count("pk", filter=Q(confidence__isnull=False)),
        uncertain=Count("pk", filter=Q(confidence__lt=UNCERTAIN)),
        mean_confidence=Avg("confidence"),
    )
    leased = Assignment.objects.filter(project=project, state=Assignment.State.LEASED).count()
    return items | answers | resolutions | {"leased": leased} | _count_sure(project)


def _count_sure(project: Project) -> dict[str, int]:
    if not project.is_adaptive:
        return {"sure": 0, "at_most": 0}
    is_sure = Q(resolution__confidence__gte=project.target_confidence, resolution__answers__gte=project.least_overlap)
    ordinary = project.items.filter(is_gold=False).exclude(state=Item.State.HIDDEN)
    return ordinary.aggregate(
        sure=Count("pk", filter=is_sure),
        at_most=Count("pk", filter=Q(answered__gte=project.overlap) & ~is_sure),
    )


def count_targets(project: Project) -> int:
    """Pairs of item and annotator, for manual assignment."""
    return ItemTarget.objects.filter(item__project=project).count()


def count_gold(project: Project) -> int:
    return project.items.filter(is_gold=True).count()


_COUNTS = (
    "items", "items_done", "places", "leased", "pending", "accepted", "rejected", "returned", "uncounted", "annotators",
    "mean_confidence",
)  # fmt: skip


def _progress(project: Project, figures: dict[str, Any], as_of: datetime) -> Progress:
    counts = {name: figures[name] for name in _COUNTS}
    given = figures["pending"] + figures["accepted"] + figures["returned"]
    return Progress(**counts, answers=given, as_of=as_of, collecting=_collecting(project, figures))


def _collecting(project: Project, figures: dict[str, Any]) -> Collecting | None:
    if not project.is_adaptive:
        return None
    items, bought = figures["ordinary"], figures["bought"]
    fixed = items * project.overlap
    return Collecting(
        items=items,
        sure=figures["sure"],
        at_most=figures["at_most"],
        bought=bought,
        fixed=fixed,
        cost_minor=_cost(project, bought),
        fixed_cost_minor=_cost(project, fixed),
        token=project.token,
    )


def _cost(project: Project, answers: int) -> int:
    earned = answers * int(project.price_minor)
    return earned + fee_minor(earned, project.fee_bps)
