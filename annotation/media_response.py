"""How a stranger's file leaves the house: with the type that we found in it, unable to run anything."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags

from annotation.models import Media

# What browsers may draw inside our pages. Anything else is handed out as bytes to be saved.
SHOWN_INLINE = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"}
CACHE_SECONDS = 3600


def media_response(request: HttpRequest, file: Media) -> HttpResponse | FileResponse:
    """The file with the type that we found in it, unable to run anything, kept only by this person's browser."""
    etag = f'"{file.sha256}-{file.exif_orientation}"'
    given = parse_etags(request.headers.get("If-None-Match", ""))
    if etag in given or "*" in given:
        return _guarded(HttpResponseNotModified(), etag)
    try:
        opened = default_storage.open(file.path)
    except OSError as error:
        raise Http404 from error
    is_inline = file.content_type in SHOWN_INLINE
    response = FileResponse(
        opened,
        as_attachment=not is_inline,
        filename=file.original_name.rsplit("/", 1)[-1] or str(file.pk),
        content_type=file.content_type if is_inline else "application/octet-stream",
    )
    return _guarded(response, etag)


def _guarded(response: HttpResponse | FileResponse, etag: str) -> HttpResponse | FileResponse:
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    patch_cache_control(response, private=True, max_age=CACHE_SECONDS)
    return response
