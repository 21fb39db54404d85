"""Gold: items whose right answer is known, drawn blind among the others."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from annotation.domain import locks
from annotation.domain.upload import refuse_unless_draft
from annotation.exceptions import AnnotationError
from annotation.kinds.results import canonical_result, validate_result
from annotation.kinds.schema import parse_schema
from annotation.models import GoldAnswer, Item, Project
from lib.exceptions import FieldError, InvalidInput

MAX_GOLD = 5_000


def set_gold(project: Project, *, actor: User, rows: Sequence[dict[str, Any]]) -> int:
    """Make exactly these items gold: [{item, value, explanation?}]. All or nothing; the number of gold items."""
    if len(rows) > MAX_GOLD:
        raise AnnotationError(_("At most %(limit)s gold items.") % {"limit": MAX_GOLD}, code="too_many", status=422)
    with transaction.atomic():
        project = locks.lock_project(project.pk)
        refuse_unless_draft(project)
        version = project.schema_version
        if version is None:
            raise AnnotationError(
                _("Describe the interface first: gold answers are checked against it."), code="no_schema"
            )
        schema = parse_schema(version.schema)
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
        audit.record(
            "project.gold_set",
            actor=actor,
            object_kind="project",
            object_id=project.pk,
            team=project.team,
            changes={"items": len(rows)},
        )
    return len(rows)


def _row_errors(schema: Any, items: dict[int, Item], number: int, row: dict[str, Any]) -> list[FieldError]:
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
