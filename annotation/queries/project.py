"""What a client asks of a project: how far it is, and what it has cost."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Min, Q, Sum
from django.utils import timezone

from annotation.models import Answer, Assignment, Item, ItemTarget, Project, ProjectSummary
from annotation.queries.review import UNCERTAIN

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

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def progress_of(project: Project) -> Progress:
    """What a small project is at now, and what a large one was at when the background last counted it."""
    if project.items_total * project.overlap > COUNTED_AT_ONCE:
        summary = ProjectSummary.objects.filter(project=project).first()
        if summary is not None:
            return _progress({name: getattr(summary, name) for name in _COUNTS}, summary.counted_at)
    return _progress(count_project(project), timezone.now())


def count_project(project: Project) -> dict[str, Any]:
    """Every figure of a ProjectSummary. Four statements, which read all items and answers of the project."""
    items = project.items.exclude(state=Item.State.HIDDEN).aggregate(
        items=Count("pk"),
        items_done=Count("pk", filter=Q(answered__gte=F("places"))),
        places=Sum("places", default=0),
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
    return items | answers | resolutions | {"leased": leased}


def count_targets(project: Project) -> int:
    """Pairs of item and annotator, for manual assignment."""
    return ItemTarget.objects.filter(item__project=project).count()


def count_gold(project: Project) -> int:
    return project.items.filter(is_gold=True).count()


_COUNTS = (
    "items", "items_done", "places", "leased", "pending", "accepted", "rejected", "returned", "uncounted", "annotators",
    "mean_confidence",
)  # fmt: skip


def _progress(figures: dict[str, Any], as_of: datetime) -> Progress:
    counts = {name: figures[name] for name in _COUNTS}
    return Progress(**counts, answers=figures["pending"] + figures["accepted"] + figures["returned"], as_of=as_of)
