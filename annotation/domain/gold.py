"""Gold: items whose right answer is known, drawn blind among the others.

Gold is part of the price, so it is marked in a draft. Once the money is locked a right answer may still be corrected,
because the interface may; which items are gold stays.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from annotation.domain import locks
from annotation.exceptions import AnnotationError
from annotation.kinds.results import canonical_result, validate_result
from annotation.kinds.schema import Schema, parse_schema
from annotation.models import GoldAnswer, Item, Project
from lib.exceptions import FieldError, InvalidInput

MAX_GOLD = 5_000
# Set aside: whoever is shown one of these learns its answer sooner or later.
SHOWN = (GoldAnswer.Use.EXAM, GoldAnswer.Use.PRACTICE)


def set_gold(project: Project, *, actor: User, rows: Sequence[dict[str, Any]]) -> int:
    """Make exactly these items gold: [{item, value, explanation?, use?}]. All or nothing; the number of gold items."""
    _refuse_too_many(len(rows))
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        _refuse_marking(project, {row["item"]: _use(row) for row in rows})
        schema = _schema(project)
        items = {item.pk: item for item in Item.objects.filter(project=project, pk__in=[row["item"] for row in rows])}
        errors = [error for number, row in enumerate(rows) for error in _row_errors(schema, items, number, row)]
        errors += _repeated(rows)
        if errors:
            raise InvalidInput(_("Some gold answers cannot be used."), errors)
        Item.objects.filter(project=project, is_gold=True).update(is_gold=False)
        GoldAnswer.objects.filter(item__project=project).delete()
        Item.objects.filter(pk__in=items).update(is_gold=True)
        GoldAnswer.objects.bulk_create(
            [
                GoldAnswer(
                    item_id=row["item"],
                    value=canonical_result(schema, row["value"]),
                    explanation=row.get("explanation", ""),
                    use=_use(row),
                )
                for row in rows
            ]
        )
        _audit("project.gold_set", project, actor, {"items": len(rows)})
    return len(rows)


def mark_gold(item: Item, *, actor: User, value: Any, explanation: str = "", use: str | None = None) -> GoldAnswer:
    """Say what the right answer of one item is, or say it anew. Without `use` it stays what it was: first, a probe."""
    with transaction.atomic():
        project = locks.lock_project(item.project_id)
        marked = _marked(project)
        use = use or marked.get(item.pk, GoldAnswer.Use.PROBE)
        wanted = marked | {item.pk: use}
        _refuse_marking(project, wanted)
        _refuse_too_many(len(wanted))
        schema = _schema(project)
        errors = [FieldError(f"value.{e.path}", e.message) for e in validate_result(schema, value)]
        if errors:
            raise InvalidInput(_("This is no complete answer."), errors)
        gold, _is_new = GoldAnswer.objects.update_or_create(
            item=item, defaults={"value": canonical_result(schema, value), "explanation": explanation, "use": use}
        )
        Item.objects.filter(pk=item.pk).update(is_gold=True)
        _audit("project.gold_marked", project, actor, {"item": item.position + 1})
    return gold


def unmark_gold(item: Item, *, actor: User) -> None:
    """Make it an item like the others. Doing it twice is the same as once."""
    with transaction.atomic():
        project = locks.lock_project(item.project_id)
        marked = _marked(project)
        if item.pk not in marked:
            return
        _refuse_marking(project, {pk: use for pk, use in marked.items() if pk != item.pk})
        GoldAnswer.objects.filter(item=item).delete()
        Item.objects.filter(pk=item.pk).update(is_gold=False)
        _audit("project.gold_unmarked", project, actor, {"item": item.position + 1})


def missing_gold(project: Project) -> list[FieldError]:
    """Why the gold of a draft cannot do its work: none where some is asked for, or none that fits the interface."""
    rows = list(GoldAnswer.objects.filter(item__project=project).values_list("value", "use"))
    answers = [value for value, _use_of_it in rows]
    version = project.schema_version
    if project.gold_percent and all(use != GoldAnswer.Use.PROBE for _value, use in rows):
        return [FieldError("gold", _("Mark gold items, or set the share of gold to 0."))]
    if answers and len(answers) >= project.items_total:
        return [FieldError("gold", _("Every item is gold: leave some whose answer you do not know."))]
    if not answers or version is None:
        return []
    schema = parse_schema(version.schema)
    wrong = sum(1 for value in answers if validate_result(schema, value))
    if not wrong:
        return []
    message = _("%(n)d gold answers do not fit the interface any more: mark them again.")
    return [FieldError("gold", message % {"n": wrong})]


def count_set_aside(project: Project) -> int:
    """Gold that nobody gets as work: for the exam, and for practice."""
    return GoldAnswer.objects.filter(item__project=project, use__in=SHOWN).exclude(item__state="hidden").count()


def _use(row: dict[str, Any]) -> str:
    return row.get("use") or GoldAnswer.Use.PROBE


def _refuse_marking(project: Project, gold: dict[int, str]) -> None:
    """`gold`: the items that would be gold afterwards, and for what."""
    if project.state == Project.State.DRAFT:
        return
    if project.state != Project.State.FUNDED:
        raise AnnotationError(
            _("Gold is fixed once people work: what they were judged by must not change."), code="project_open"
        )
    if gold != _marked(project):
        raise AnnotationError(
            _("The price of this project is fixed: correct the right answers, but leave the same items as gold."),
            code="gold_fixed",
        )


def _refuse_too_many(count: int) -> None:
    if count > MAX_GOLD:
        raise AnnotationError(_("At most %(limit)s gold items.") % {"limit": MAX_GOLD}, code="too_many", status=422)


def _marked(project: Project) -> dict[int, str]:
    rows = Item.objects.filter(project=project, is_gold=True).values_list("pk", "gold__use")
    return {pk: use or GoldAnswer.Use.PROBE for pk, use in rows}


def _schema(project: Project) -> Schema:
    version = project.schema_version
    if version is None:
        raise AnnotationError(_("Describe the interface first: gold answers are checked against it."), code="no_schema")
    return parse_schema(version.schema)


def _row_errors(schema: Schema, items: dict[int, Item], number: int, row: dict[str, Any]) -> list[FieldError]:
    if row["item"] not in items:
        return [FieldError(f"[{number}].item", _("This project has no such item."))]
    if _use(row) not in GoldAnswer.Use.values:
        words = _("Choose one of these: %(uses)s.") % {"uses": ", ".join(GoldAnswer.Use.values)}
        return [FieldError(f"[{number}].use", words)]
    return [FieldError(f"[{number}].value.{e.path}", e.message) for e in validate_result(schema, row["value"])]


def _repeated(rows: Sequence[dict[str, Any]]) -> list[FieldError]:
    seen: set[Any] = set()
    errors = []
    for number, row in enumerate(rows):
        if row["item"] in seen:
            errors.append(FieldError(f"[{number}].item", _("This item is in the list already.")))
        seen.add(row["item"])
    return errors


def _audit(action: str, project: Project, actor: User, changes: dict[str, Any]) -> None:
    audit.record(action, actor=actor, object_kind="project", object_id=project.pk, team=project.team, changes=changes)
