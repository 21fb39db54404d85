"""The exports tab: ask for a file, watch it being written, take it away."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from annotation import access
from annotation.domain.export import request_export
from annotation.domain.insider import remember_insider
from annotation.export_response import export_response
from annotation.forms import ExportForm
from annotation.models import Export
from annotation.views.http import PersonRequest, explain, page, tell
from annotation.views.project_frame import frame
from lib.exceptions import Refusal

A_PAGE = 20
UNFINISHED = (Export.State.QUEUED, Export.State.WRITING)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            request_export(project, actor=request.user, format=Export.Format(form.cleaned_data["format"]))
            messages.success(request, _("The file is being written."))
            return redirect("project-exports", pk)
        except Refusal as refusal:
            explain(form, refusal)
    found = Paginator(project.exports.all(), A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = frame(request.user, project, "exports") | {
        "form": form,
        "exports": found,
        "is_writing": any(export.state in UNFINISHED for export in found),
    }
    if request.htmx:
        return render(request, "annotation/project_exports.html#exports", context)
    return page(request, "annotation/project_exports.html", context, form=form)


@login_required
@require_safe
def export_file(request: PersonRequest, pk: UUID) -> HttpResponseBase:
    export = access.export_for(request.user, pk)
    remember_insider(request.user, export.project)
    try:
        return export_response(export)
    except Refusal as refusal:
        tell(request, refusal)
        return redirect("project-exports", export.project_id)
