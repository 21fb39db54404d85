"""Hidden items: what annotators said of them, and what was decided."""

from dataclasses import dataclass

from django.db.models import QuerySet

from annotation.models import Assignment, HiddenItem, Project


@dataclass(frozen=True)
class HiddenRow:
    hidden: HiddenItem
    notes: list[str]


def hidden_items(project: Project, *, decision: str = "") -> QuerySet[HiddenItem]:
    """The newest first; those that wait for a decision, or those decided so."""
    rows = project.hidden_items.filter(decision=decision).order_by("-hidden_at", "pk")
    return rows.select_related("item__media", "decided_by")


def count_hidden_waiting(project: Project) -> int:
    return project.hidden_items.filter(decision="").count()


def hidden_rows(found: list[HiddenItem]) -> list[HiddenRow]:
    """With the notes of those who called it broken, without their names. One statement for any number."""
    skips = Assignment.objects.filter(item__in=[each.item_id for each in found], skip_reason="broken")
    notes: dict[int, list[str]] = {}
    for item, note in skips.exclude(skip_note="").order_by("ended_at").values_list("item", "skip_note"):
        notes.setdefault(item, []).append(note)
    return [HiddenRow(each, notes.get(each.item_id, [])) for each in found]
