"""Cursor pagination: the same price on page one and page ten thousand."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.request import Request


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
