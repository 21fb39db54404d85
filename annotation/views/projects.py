"""Pages of projects: the list, and how one is doing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import access
from annotation.domain import project as verbs
from annotation.domain.insider import remember_insider
from annotation.domain.parts import escrows_in_order
from annotation.forms import ReasonForm, WordsForm
from annotation.kinds.titles import title_in
from annotation.models import Project
from annotation.queries.agreement import agreement_of
from annotation.queries.crowd import annotators_of, answers_per_day, crowd_rows
from annotation.queries.history import history_of
from annotation.queries.items import BELOW, SHOW, answers_to, items_page
from annotation.queries.overview import project_cards
from annotation.queries.project import progress_of
from annotation.views.audit_words import happening
from annotation.views.funding import refused_context
from annotation.views.http import PersonRequest, explain, page, tell
from annotation.views.item_gold import may_mark
from annotation.views.item_words import answer_rows, data_rows
from annotation.views.project_frame import frame
from annotation.views.wizard_steps import setup_of
from lib.exceptions import Refusal
from rewards.models import Escrow
from rewards.queries import EscrowStatement, escrow_statement

A_PAGE = 20
PEOPLE_A_PAGE = 50


@login_required
@require_safe
def project_list(request: PersonRequest) -> HttpResponse:
    """My teams' projects, and what each waits for."""
    rows = access.projects_for(request.user).select_related("schema_version", "escrow")
    found = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "annotation/project_list.html", {"found": found, "cards": project_cards(request.user, list(found))}
    )


@login_required
@require_safe
def project_detail(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk)
    context = frame(request.user, project, "detail") | {"progress": progress_of(project)}
    if request.htmx:
        return render(request, "annotation/project_detail.html#progress", context)
    context |= {
        "setup": setup_of(project) if project.state in {Project.State.DRAFT, Project.State.FUNDED} else None,
        "money": _money(project),
        "days": [
            {
                "label": formats.date_format(day, "j M"),
                "value": count,
                "shown": formats.number_format(count, force_grouping=True),
            }
            for day, count in answers_per_day(project)
        ],
        "agreement": [
            (title_in(row.titles, get_language() or "en", fallback=row.name), row) for row in agreement_of(project)
        ],
    }
    if context["may_manage"]:
        context |= refused_context(project)
    return render(request, "annotation/project_detail.html", context)


@login_required
@require_safe
def project_people(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk)
    found = Paginator(annotators_of(project), PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    rows = crowd_rows(project, list(found), with_gold=access.may_see_gold(request.user, project))
    context = frame(request.user, project, "people") | {"found": found, "rows": rows}
    return render(request, "annotation/project_people.html", context)


@login_required
@require_safe
def project_items(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_with_items_for(request.user, pk)
    asked = {name: request.GET.get(name, "") for name in ("show", "below", "after")}
    remember_insider(request.user, project)
    found = items_page(project, show=asked["show"] or "all", below=asked["below"], after=asked["after"])
    context = frame(request.user, project, "items") | {
        "found": found,
        "rows": [
            (item, data_rows(item, limit=2), answer_rows(project, _decided(item)), may_mark(project, item))
            for item in found.items
        ],
        "asked": asked,
        "shows": _shows(),
        "limits": list(BELOW),
    }
    return render(request, "annotation/project_items.html", context)


@login_required
@require_safe
def project_item(request: PersonRequest, pk: UUID, item: int) -> HttpResponse:
    """One item: what was shown, what was answered, what was decided. Answers are for those who may review."""
    project = access.project_with_items_for(request.user, pk)
    remember_insider(request.user, project)
    found = access.item_of(project, item)
    context = frame(request.user, project, "items")
    answers = answers_to(found) if context["may_review"] else []
    context |= {
        "item": found,
        "data": data_rows(found),
        "resolution": getattr(found, "resolution", None),
        "decided": answer_rows(project, _decided(found)),
        "may_mark": context["may_manage"] and may_mark(project, found),
        "gold": answer_rows(project, found.gold.value) if context["may_manage"] and hasattr(found, "gold") else [],
        "answers": [(answer, name, answer_rows(project, answer.value)) for answer, name in answers],
    }
    return render(request, "annotation/project_item.html", context)


@login_required
@require_safe
def project_audit(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    found = Paginator(history_of(project), PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    context = frame(request.user, project, "audit") | {
        "found": found,
        "rows": [happening(project, entry) for entry in found],
    }
    return render(request, "annotation/project_audit.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def project_edit(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The words by which people know the project: these may change at any time."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    form = WordsForm(request.POST or None, initial={"title": project.title, "description": project.description})
    if request.method == "POST" and form.is_valid():
        try:
            verbs.update_project(project, actor=request.user, **form.cleaned_data)
            messages.success(request, _("Title and description are changed."))
            return redirect("project-detail", pk)
        except Refusal as refusal:
            explain(form, refusal)
    return page(request, "annotation/project_edit.html", {"project": project, "form": form}, form=form)


@login_required
@require_POST
def project_pause(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        verbs.pause_project(project, actor=request.user, reason=reason)
        messages.success(request, _("Paused: nothing new is handed out. Answers on their way are still taken."))
    except Refusal as refusal:
        tell(request, refusal)
    return redirect("project-detail", pk)


@login_required
@require_POST
def project_resume(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    try:
        verbs.resume_project(project, actor=request.user)
        messages.success(request, _("The project is open again."))
    except Refusal as refusal:
        tell(request, refusal)
    return redirect("project-detail", pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def project_closure(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Asks once more, saying what goes back; then stops the project for good."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.close_project(project, actor=request.user, reason=form.cleaned_data["reason"])
            messages.success(request, _("The project is closing. What is not spent goes back to you."))
            return redirect("project-detail", pk)
        except Refusal as refusal:
            explain(form, refusal)
    context: dict[str, Any] = {
        "project": project,
        "form": form,
        "money": _money(project),
        "progress": progress_of(project),
    }
    return page(request, "annotation/project_closure.html", context, form=form)


def _money(project: Project) -> list[tuple[Escrow, EscrowStatement]]:
    """Each escrow of the project with its figures, the first token's first."""
    return [(escrow, escrow_statement(escrow)) for escrow in escrows_in_order(project)]


def _decided(item: Any) -> dict[str, Any]:
    resolution = getattr(item, "resolution", None)
    return resolution.value if resolution else {}


def _shows() -> list[tuple[str, str]]:
    words = {
        "all": _("All items"),
        "open": _("Still wanted"),
        "done": _("All answers in"),
        "answered": _("With an answer"),
        "gold": _("Gold"),
        "hidden": _("Hidden"),
    }
    return [(key, words[key]) for key in SHOW]
