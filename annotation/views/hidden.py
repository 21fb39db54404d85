"""Items that annotators called broken: look at them, and show them again or leave them out."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotation import access
from annotation.domain.hidden import leave_out_item, show_item
from annotation.forms import ReasonForm
from annotation.models import HiddenItem
from annotation.queries.hidden import count_hidden_waiting, hidden_items, hidden_rows
from annotation.views.http import PersonRequest, tell
from annotation.views.item_words import data_rows
from annotation.views.project_frame import frame
from lib.exceptions import Refusal

A_PAGE = 20


@login_required
@require_safe
def project_hidden(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Items that several people called broken: decide whether they are handed out again."""
    project = access.project_with_hidden_for(request.user, pk)
    asked = request.GET.get("decision", "")
    decision = asked if asked in HiddenItem.Decision.values else ""
    found = Paginator(hidden_items(project, decision=decision), A_PAGE).get_page(request.GET.get("page"))
    context = frame(request.user, project, "items") | {
        "found": found,
        "rows": [(row, data_rows(row.hidden.item)) for row in hidden_rows(list(found))],
        "asked": decision,
        "shows": [("", _("Waiting for a decision")), *HiddenItem.Decision.choices],
        "waiting": count_hidden_waiting(project),
    }
    return render(request, "annotation/project_hidden.html", context)


@login_required
@require_POST
def item_show(request: PersonRequest, pk: UUID, item: int) -> HttpResponse:
    """Hand a hidden item out again."""
    project = access.project_with_hidden_for(request.user, pk)
    try:
        show_item(access.item_of(project, item), actor=request.user, reason=_reason(request))
        messages.success(request, _("Shown again: it is handed out to people who have not seen it."))
    except Refusal as refusal:
        tell(request, refusal)
    return redirect("project-hidden", pk)


@login_required
@require_POST
def item_leave_out(request: PersonRequest, pk: UUID, item: int) -> HttpResponse:
    """Keep a hidden item hidden for good."""
    project = access.project_with_hidden_for(request.user, pk)
    try:
        leave_out_item(access.item_of(project, item), actor=request.user, reason=_reason(request))
        messages.success(request, _("Left out: nobody gets it, and no export has it."))
    except Refusal as refusal:
        tell(request, refusal)
    return redirect("project-hidden", pk)


def _reason(request: PersonRequest) -> str:
    form = ReasonForm(request.POST)
    return form.cleaned_data["reason"] if form.is_valid() else ""
