"""The right answer of one item, chosen with the same tools that annotators use."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotation import access
from annotation.domain.gold import mark_gold, unmark_gold
from annotation.domain.insider import remember_insider
from annotation.gold_forms import GoldForm
from annotation.models import Item, Project
from annotation.views.http import PersonRequest, page, tell
from annotation.views.item_words import data_rows
from annotation.views.project_frame import frame
from annotation.views.workbench_messages import item_messages
from lib.exceptions import InvalidInput, Refusal


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item_gold(request: PersonRequest, pk: UUID, item: int) -> HttpResponse:
    """Choose what the right answer is: the item becomes gold, or its answer is corrected."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    found = access.item_of(project, item)
    remember_insider(request.user, project)
    gold = getattr(found, "gold", None)
    form = GoldForm(
        request.POST or None,
        initial={"value": gold.value, "explanation": gold.explanation, "use": gold.use} if gold else {"value": {}},
    )
    if request.method == "POST" and form.is_valid():
        try:
            mark_gold(
                found,
                actor=request.user,
                value=form.cleaned_data["value"],
                explanation=form.cleaned_data["explanation"],
                use=form.cleaned_data["use"] or None,
            )
            messages.success(request, _("Item %(n)d is gold now.") % {"n": found.position + 1})
            return redirect(_list_at(project, found))
        except Refusal as refusal:
            form.add_error(None, _in_words(refusal))
    context = frame(request.user, project, "items") | {
        "item": found,
        "form": form,
        "data": data_rows(found),
        "shown": _for_script(project, found, form.chosen()) if project.schema_version else None,
        "back_url": _list_at(project, found),
        "may_unmark": found.is_gold and project.state == Project.State.DRAFT,
    }
    return page(request, "annotation/item_gold.html", context, form=form)


@login_required
@require_POST
def item_gold_removal(request: PersonRequest, pk: UUID, item: int) -> HttpResponse:
    """Make a gold item one like the others."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    found = access.item_of(project, item)
    try:
        unmark_gold(found, actor=request.user)
        messages.success(request, _("Item %(n)d is no gold any more.") % {"n": found.position + 1})
    except Refusal as refusal:
        tell(request, refusal)
    return redirect(_list_at(project, found))


def may_mark(project: Project, item: Item) -> bool:
    """As domain/gold.py: gold is part of the price; later its answers may still be corrected."""
    return project.schema_version_id is not None and (
        project.state == Project.State.DRAFT or (project.state == Project.State.FUNDED and item.is_gold)
    )


def _list_at(project: Project, item: Item) -> str:
    """The list of items, beginning with this one."""
    address = reverse("project-items", args=[project.pk])
    return f"{address}?after={item.position - 1}" if item.position else address


def _in_words(refusal: Refusal) -> str:
    found = [each.message for each in refusal.errors] if isinstance(refusal, InvalidInput) else []
    return " ".join([refusal.message, *found])


def _for_script(project: Project, item: Item, result: dict[str, Any]) -> dict[str, Any]:
    """What gold_view.js draws."""
    version, media = project.schema_version, item.media
    assert version is not None
    images = [name for name, part in version.schema["data"].items() if part["type"] == "image"]
    file = media and {"url": reverse("media", args=[media.pk]), "width": media.width, "height": media.height}
    return {
        "schema": version.schema,
        "item": item.position + 1,
        "data": {name: item.data.get(name) for name in version.schema["data"]},
        "media": dict.fromkeys(images, file) if file else {},
        "result": result,
        "messages": item_messages(),
        "locale": get_language() or "en",
    }
