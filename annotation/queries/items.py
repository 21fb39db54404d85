"""A project's items a page at a time. A page begins after a place, not after a count: a million cost no more."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet

from annotation.models import Answer, Item, Project
from annotation.queries.export import pseudonym

A_PAGE = 25
SHOW: dict[str, Q] = {
    "all": Q(),
    "open": Q(state=Item.State.OPEN, answered__lt=F("places")),
    "done": Q(answered__gte=F("places")),
    "answered": Q(answered__gt=0),
    "gold": Q(is_gold=True),
    "hidden": Q(state=Item.State.HIDDEN),
}
BELOW = {"60": 0.6, "80": 0.8, "95": 0.95}


@dataclass(frozen=True)
class ItemsPage:
    items: list[Item]
    is_first: bool
    next_query: str


def items_page(project: Project, *, show: str, below: str, after: str) -> ItemsPage:
    """In the order of the file; with a limit of confidence, the least sure first."""
    rows = project.items.filter(SHOW.get(show, Q())).select_related("resolution", "media")
    if below in BELOW:
        rows = rows.filter(resolution__project=project, resolution__confidence__lt=BELOW[below])
        rows = _after_confidence(rows, after).order_by("resolution__confidence", "resolution__pk")
    else:
        rows = (rows.filter(position__gt=int(after)) if after.isdecimal() and len(after) < 12 else rows).order_by(
            "position"
        )
    found = list(rows[: A_PAGE + 1])
    more = found[A_PAGE - 1] if len(found) > A_PAGE else None
    place = _place(more, below) if more else ""
    query = urlencode({"show": show, "below": below, "after": place}) if place else ""
    return ItemsPage(found[:A_PAGE], not after, query)


def answers_to(item: Item) -> list[tuple[Answer, str]]:
    """Every answer with its author's pseudonym and its verdicts."""
    answers = item.answers.prefetch_related("verdicts").order_by("id")
    return [(answer, pseudonym(item.project.team_id, answer.user_id)) for answer in answers]


def _after_confidence(rows: QuerySet[Item], after: str) -> QuerySet[Item]:
    confidence, _dash, pk = after.partition("_")
    try:
        at, last = float(confidence), int(pk)
    except ValueError:
        return rows
    return rows.filter(Q(resolution__confidence__gt=at) | Q(resolution__confidence=at, resolution__pk__gt=last))


def _place(item: Any, below: str) -> str:
    return f"{item.resolution.confidence!r}_{item.pk}" if below in BELOW else str(item.position)
