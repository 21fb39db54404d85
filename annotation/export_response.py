"""A finished export as a download, for the pages and for the API."""

from django.core.files.storage import default_storage
from django.http import FileResponse
from django.utils.translation import gettext as _

from annotation.exceptions import AnnotationError
from annotation.formats import WRITERS
from annotation.models import Export


def export_response(export: Export) -> FileResponse:
    """Streams; the name says what it is, and the browser never guesses the type."""
    if export.state != Export.State.READY:
        raise AnnotationError(_("The file is not ready yet."), code="not_ready")
    writer = WRITERS[export.format]
    name = f"foggara-{export.project_id}-{export.finished_at:%Y%m%d-%H%M%S}.{writer.extension}"
    response = FileResponse(
        default_storage.open(export.path, "rb"), as_attachment=True, filename=name, content_type=writer.content_type
    )
    response["X-Content-SHA256"] = export.sha256
    return response
