"""Gold and manual assignment, by table or by CSV."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from annotation import access
from annotation.domain.gold import set_gold
from annotation.domain.insider import remember_insider
from annotation.domain.target import TargetReport, TargetRow, assign_items
from annotation.forms import CsvForm
from annotation.kinds.schema import Schema, parse_schema
from annotation.models import GoldAnswer, Item, Project
from annotation.queries.project import count_gold, count_targets
from annotation.views.http import PersonRequest, explain, must_manage, page
from annotation.views.item_words import answer_rows, data_rows
from annotation.views.wizard_steps import setup_of
from lib.bodies import takes_files
from lib.exceptions import Refusal

SHOWN_ITEMS = 50
SHOWN_ERRORS = 50
BIGGEST_POSITION = 2**31 - 1


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@takes_files(ask=must_manage)
def gold(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Mark items whose right answer is known. A new file replaces the old marks."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    form = CsvForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            count = set_gold(project, actor=request.user, rows=_gold_rows(project, form))
            messages.success(request, ngettext("%(n)d gold item.", "%(n)d gold items.", count) % {"n": count})
            return redirect("wizard-gold", pk)
        except Refusal as refusal:
            explain(form, refusal)
    remember_insider(request.user, project)
    marked = project.items.filter(is_gold=True).select_related("gold", "media").order_by("position")[:SHOWN_ITEMS]
    version = project.schema_version
    context = _context(project) | {
        "form": form,
        "count": count_gold(project),
        "marked": [(item, data_rows(item, limit=1), answer_rows(project, item.gold.value)) for item in marked],
        "fields": [field.name for field in parse_schema(version.schema).fields] if version else [],
    }
    return page(request, "annotation/wizard_gold.html", context, form=form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@takes_files(ask=must_manage)
def targets(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Say which item is meant for whom. Good rows are taken, bad ones are listed by their number."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    form = CsvForm(request.POST or None, request.FILES or None)
    report: TargetReport | None = None
    if request.method == "POST" and form.is_valid():
        try:
            report = assign_items(project, rows=_target_rows(form), actor=request.user)
        except Refusal as refusal:
            explain(form, refusal)
    context = _context(project) | {
        "form": form,
        "report": report,
        "errors": report.errors[:SHOWN_ERRORS] if report else [],
        "count": count_targets(project),
    }
    return page(request, "annotation/wizard_targets.html", context, form=form)


def _context(project: Project) -> dict[str, Any]:
    setup = setup_of(project, current="quality")
    return {"project": project, "setup": setup, "steps": setup.steps}


def _gold_rows(project: Project, form: CsvForm) -> list[dict[str, Any]]:
    """Rows name an item by `item` (the number shown in the list) and give one column for each question."""
    version = project.schema_version
    schema = parse_schema(version.schema) if version else None
    cells = list(form.cells())
    positions = {number for row in cells if (number := _position(row)) is not None}
    ids = dict(Item.objects.filter(project=project, position__in=positions).values_list("position", "pk"))
    return [
        {
            "item": ids.get(-1 if (position := _position(row)) is None else position, 0),
            "value": _value(schema, row) if schema else {},
            "explanation": row.get("explanation", ""),
            "use": row.get("use", "").lower() or GoldAnswer.Use.PROBE,
        }
        for row in cells
    ]


def _value(schema: Schema, row: dict[str, str]) -> dict[str, Any]:
    """A cell is a value as it is, or JSON where it looks like a list."""
    value: dict[str, Any] = {}
    for field in schema.fields:
        text = row.get(field.name.lower(), "")
        if text:
            value[field.name] = _parsed(text)
    return value


def _parsed(text: str) -> Any:
    if text[0] in "[{":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def _position(row: dict[str, str]) -> int | None:
    """Lists count from 1, positions from 0."""
    text = row.get("item", "")
    return int(text) - 1 if text.isdecimal() and len(text) < 12 and 0 < int(text) <= BIGGEST_POSITION else None


def _target_rows(form: CsvForm) -> Iterator[TargetRow]:
    for row in form.cells():
        yield TargetRow(annotator=row.get("annotator", ""), position=_position(row), external=row.get("file", ""))
