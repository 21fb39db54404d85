"""Every settlement and the file behind its root, for everybody: nobody has to believe us."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rewards import queries
from rewards.domain import leaf_file

PAGE_ROWS = 25
# A file's name is the hash of its content: whoever has it has it for ever.
FOR_EVER = "public, max-age=31536000, immutable"


@never_cache
@require_safe
def settlements(request: HttpRequest) -> HttpResponse:
    pages = Paginator(queries.published_batches(), PAGE_ROWS)
    context = {"page": pages.get_page(request.GET.get("page")), "chains": queries.chains()}
    return render(request, "rewards/settlement_list.html", context)


@require_safe
def leaves(request: HttpRequest, digest: str) -> StreamingHttpResponse:
    """The published leaf file with this SHA-256, byte for byte."""
    batch = queries.published_batches().filter(leaf_file_sha256=digest).first()
    if batch is None:
        raise Http404
    response = StreamingHttpResponse(leaf_file.stream(batch), content_type="application/json")
    response["Content-Length"] = str(leaf_file.size(batch))
    response["Cache-Control"] = FOR_EVER
    response["ETag"] = f'"{digest}"'
    response["Content-Disposition"] = f'inline; filename="{digest}.json"'
    return response
