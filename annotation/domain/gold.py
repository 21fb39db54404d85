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


def set_gold(project: Project, *, actor: User, rows: Sequence[dict[str, Any]]) -> int:
    """Make exactly these items gold: [{item, value, explanation?}]. All or nothing; the number of gold items."""
    _refuse_too_many(len(rows))
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        _refuse_marking(project, {row["item"] for row in rows})
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
                )
                for row in rows
            ]
        )
        _audit("project.gold_set", project, actor, {"items": len(rows)})
    return len(rows)


def mark_gold(item: Item, *, actor: User, value: Any, explanation: str = "") -> GoldAnswer:
    """Say what the right answer of one item is, or say it anew."""
    with transaction.atomic():
        project = locks.lock_project(item.project_id)
        marked = _marked(project)
        _refuse_marking(project, marked | {item.pk})
        _refuse_too_many(len(marked | {item.pk}))
        schema = _schema(project)
        errors = [FieldError(f"value.{e.path}", e.message) for e in validate_result(schema, value)]
        if errors:
            raise InvalidInput(_("This is no complete answer."), errors)
        gold, _is_new = GoldAnswer.objects.update_or_create(
            item=item, defaults={"value": canonical_result(schema, value), "explanation": explanation}
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
        _refuse_marking(project, marked - {item.pk})
        GoldAnswer.objects.filter(item=item).delete()
        Item.objects.filter(pk=item.pk).update(is_gold=False)
        _audit("project.gold_unmarked", project, actor, {"item": item.position + 1})


def missing_gold(project: Project) -> list[FieldError]:
    """Why the gold of a draft cannot do its work: none where some is asked for, or none that fits the interface."""
    answers = list(GoldAnswer.objects.filter(item__project=project).values_list("value", flat=True))
    version = project.schema_version
    if project.gold_percent and not answers:
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


def _refuse_marking(project: Project, gold: set[int]) -> None:
    """`gold`: the items that would be gold afterwards."""
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


def _marked(project: Project) -> set[int]:
    return set(Item.objects.filter(project=project, is_gold=True).values_list("pk", flat=True))


def _schema(project: Project) -> Schema:
    version = project.schema_version
    if version is None:
        raise AnnotationError(_("Describe the interface first: gold answers are checked against it."), code="no_schema")
    return parse_schema(version.schema)


def _row_errors(schema: Schema, items: dict[int, Item], number: int, row: dict[str, Any]) -> list[FieldError]:
    if row["item"] not in items:
        return [FieldError(f"[{number}].item", _("This project has no such item."))]
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
