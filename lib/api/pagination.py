"""Cursor pagination: the same price on page one and page ten thousand. And offsets, where no row says its place."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param


class CursorPagination(pagination.CursorPagination):
    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering: Any = "-id"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, TypeError) as error:
            # The cursor is the caller's: its position may be no value of the column at all.
            if self.cursor is None or self.cursor.position is None:
                raise
            raise NotFound(self.invalid_cursor_message) from error


class OffsetPagination(pagination.BasePagination):
    """For lists in an order that no row can say (a sum, a lot, nothing at all): a page begins after so many rows. To a
    client it looks like the other. It goes no further than `farthest`: a page costs all those before it."""

    page_size = 50
    max_page_size = 500
    farthest = 10_000

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        size, self.offset = self._number(request, "page_size", self.page_size), self._number(request, "cursor", 0)
        self.size = min(max(size, 1), self.max_page_size)
        if self.offset > self.farthest:
            raise NotFound
        self.address = request.build_absolute_uri()
        found = list(queryset[self.offset : self.offset + self.size + 1])
        self.has_more = len(found) > self.size
        return found[: self.size]

    def get_paginated_response(self, data: Any) -> Response:
        following = replace_query_param(self.address, "cursor", self.offset + self.size) if self.has_more else None
        return Response({"next": following, "previous": self._previous(), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return pagination.CursorPagination().get_paginated_response_schema(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return CursorPagination().get_schema_operation_parameters(view)

    def _previous(self) -> str | None:
        if not self.offset:
            return None
        if self.offset <= self.size:
            return remove_query_param(self.address, "cursor")
        return replace_query_param(self.address, "cursor", self.offset - self.size)

    @staticmethod
    def _number(request: Request, name: str, default: int) -> int:
        text = request.query_params.get(name, "")
        if not text:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise NotFound
        return int(text)
