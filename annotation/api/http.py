"""The few steps that every endpoint of this app takes."""

from collections.abc import Iterable
from typing import Any, cast

from django.db.models import QuerySet
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts.access import lacks_second_factor
from accounts.models import ApiKey, Scope, User
from lib.api.pagination import CursorPagination

PROJECTS = {
    method: Scope.READ if method == "GET" else Scope.PROJECTS for method in ("GET", "POST", "PATCH", "PUT", "DELETE")
}
REVIEWS = {"GET": Scope.READ, "POST": Scope.REVIEW}


class IsQualityAdmin(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        if not getattr(request.user, "is_quality_admin", False):
            return False
        return isinstance(request.auth, ApiKey) or not lacks_second_factor(request._request)


def caller(request: Request) -> User:
    """The person asking; permissions have made sure that there is one."""
    return cast(User, request.user)


def checked(serializer: BaseSerializer[Any]) -> Any:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


def page(
    view: APIView,
    request: Request,
    rows: QuerySet[Any],
    shape: type[BaseSerializer[Any]],
    *,
    ordering: str = "-id",
    context: dict[str, Any] | None = None,
) -> Response:
    """A page of rows by cursor; the same number of statements wherever it stands."""
    pagination = CursorPagination()
    pagination.ordering = ordering
    found = cast(Iterable[Any], pagination.paginate_queryset(rows, request, view=view))
    return pagination.get_paginated_response(shape(found, many=True, context=context or {}).data)
