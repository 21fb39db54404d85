"""Files of items, streamed after asking who may see them. Never by a public address."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import User
from annotation.media_response import media_response
from annotation.queries.media import media_for


@require_safe
@login_required
def media(request: HttpRequest, pk: UUID) -> HttpResponse | FileResponse:
    assert isinstance(request.user, User)
    return media_response(request, media_for(request.user, pk))
