"""The same files for callers with a key."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import Scope
from annotation.api.http import caller
from annotation.media_response import media_response
from annotation.queries.media import media_for


class AnythingAccepted(BaseContentNegotiation):
    """An <img> accepts images only; the file has the type it has."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class MediaView(APIView):
    required_scope = Scope.WORK
    content_negotiation_class = AnythingAccepted

    @extend_schema(operation_id="media", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: UUID) -> HttpResponse | FileResponse:
        return media_response(request._request, media_for(caller(request), pk))
