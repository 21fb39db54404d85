"""Files on their way to becoming items: chosen, checked, looked at, imported."""

import csv
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation import access
from annotation.domain import upload as verbs
from annotation.formats import EXTENSIONS
from annotation.formats.export_csv import FORMULA_STARTS
from annotation.models import Project, Upload
from annotation.views.http import PersonRequest, must_manage, tell
from annotation.views.wizard_steps import setup_of
from lib.bodies import takes_files
from lib.exceptions import Refusal

ERRORS_A_PAGE = 50
RUNNING = (Upload.State.RECEIVED, Upload.State.CHECKING, Upload.State.IMPORTING)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@takes_files(ask=must_manage)
def data(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Step one: which files, and how far each is."""
    project = access.project_for(request.user, pk, roles=access.MANAGE)
    error = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            error = _("Choose a file first.")
        else:
            try:
                upload = verbs.receive_upload(project, actor=request.user, file=file, name=file.name or "")  # type: ignore[arg-type]
                return redirect("upload-detail", upload.pk)
            except Refusal as refusal:
                error = refusal.message
    uploads = list(project.uploads.all())
    context = _context(project) | {
        "uploads": uploads,
        "running": [upload for upload in uploads if upload.state in RUNNING],
        "error": error,
        "limit_megabytes": settings.UPLOAD_MAX_BYTES // 1024**2,
        "accepted": ",".join(EXTENSIONS),
        "is_draft": project.state == Project.State.DRAFT,
    }
    if request.htmx:
        return render(request, "annotation/wizard_data.html#uploads", context)
    return render(request, "annotation/wizard_data.html", context, status=422 if error else 200)


@login_required
@require_safe
def upload_detail(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The dry run's result, or how far it is."""
    upload = access.upload_for(request.user, pk)
    project = access.project_for(request.user, upload.project_id, roles=access.MANAGE)
    errors = Paginator(upload.row_errors.all(), ERRORS_A_PAGE).get_page(request.GET.get("page"))
    context = _context(project) | {
        "upload": upload,
        "is_running": upload.state in RUNNING,
        "errors": errors,
        "left_out": upload.rows_bad + upload.rows_duplicate,
        "columns": _columns(upload),
        "preview": [[_shown(row.get(column["name"])) for column in upload.columns] for row in upload.preview],
        "is_draft": project.state == Project.State.DRAFT,
    }
    if request.htmx:
        return render(request, "annotation/wizard_upload.html#progress", context)
    return render(request, "annotation/wizard_upload.html", context)


@login_required
@require_safe
def upload_errors(request: PersonRequest, pk: UUID) -> StreamingHttpResponse:
    """The bad rows as CSV, so that they can be mended in the program they came from."""
    upload = access.upload_for(request.user, pk)
    response = StreamingHttpResponse(_error_lines(upload), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="bad-rows-{upload.pk}.csv"'
    return response


@login_required
@require_POST
def upload_import(request: PersonRequest, pk: UUID) -> HttpResponse:
    upload = access.upload_for(request.user, pk)
    try:
        verbs.start_import(upload, actor=request.user)
    except Refusal as refusal:
        tell(request, refusal)
    return redirect("upload-detail", pk)


@login_required
@require_POST
def upload_discard(request: PersonRequest, pk: UUID) -> HttpResponse:
    upload = access.upload_for(request.user, pk)
    try:
        verbs.discard_upload(upload, actor=request.user)
    except Refusal as refusal:
        tell(request, refusal)
        return redirect("upload-detail", pk)
    messages.success(request, _("The file is forgotten; nothing of it became an item."))
    return redirect("wizard-data", upload.project_id)


def _context(project: Project) -> dict[str, Any]:
    setup = setup_of(project, current="data")
    return {"project": project, "setup": setup, "steps": setup.steps}


def _columns(upload: Upload) -> list[dict[str, Any]]:
    """Each column with how many of the rows that were read have something in it."""
    # After the import the good rows are the new ones; the survey counted those of the whole file.
    rows = max([upload.rows_read - upload.rows_bad, *(column["filled"] for column in upload.columns)], default=0)
    return [{**column, "rows": rows} for column in upload.columns]


def _shown(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else str(value)
    return text if len(text) <= 300 else f"{text[:300]}…"


def _error_lines(upload: Upload) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(["row", "field", "reason"])
    for error in upload.row_errors.iterator():
        yield writer.writerow([error.row, _as_text(error.field), _as_text(error.reason)])


def _as_text(cell: str) -> str:
    """A column may be named like a formula; a spreadsheet shall not run it."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line
