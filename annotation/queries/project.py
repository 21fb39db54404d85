"""What a client asks of a project: how far it is, and what it has cost."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, F, Q, Sum

from annotation.models import Answer, Assignment, Item, ItemTarget, Project, Resolution


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

    def as_json(self) -> dict[str, Any]:
        return dict(self.__dict__)


def progress_of(project: Project) -> Progress:
    """Four statements, whatever the size."""
    items = project.items.exclude(state=Item.State.HIDDEN).aggregate(
        items=Count("pk"),
        done=Count("pk", filter=Q(answered__gte=F("places"))),
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
    )
    leased = Assignment.objects.filter(project=project, state=Assignment.State.LEASED).count()
    mean = Resolution.objects.filter(project=project).aggregate(mean=Avg("confidence"))["mean"]
    return Progress(
        items=items["items"],
        items_done=items["done"],
        places=items["places"],
        answers=answers["pending"] + answers["accepted"] + answers["returned"],
        leased=leased,
        pending=answers["pending"],
        accepted=answers["accepted"],
        rejected=answers["rejected"],
        returned=answers["returned"],
        uncounted=answers["uncounted"],
        annotators=answers["annotators"],
        mean_confidence=mean,
    )


def count_targets(project: Project) -> int:
    """Pairs of item and annotator, for manual assignment."""
    return ItemTarget.objects.filter(item__project=project).count()


def count_gold(project: Project) -> int:
    return project.items.filter(is_gold=True).count()
