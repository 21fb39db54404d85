"""The few steps that every endpoint of this app takes."""

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
from rewards.access import is_finance_admin

MONEY = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), Scope.MONEY)


class IsFinanceAdmin(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        if not is_finance_admin(request.user):
            return False
        return isinstance(request.auth, ApiKey) or not lacks_second_factor(request._request)


class FinanceView(APIView):
    """For finance admins."""

    required_scope = MONEY

    def get_permissions(self) -> list[Any]:
        return [*super().get_permissions(), IsFinanceAdmin()]


def caller(request: Request) -> User:
    return cast(User, request.user)


def checked(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return cast(dict[str, Any], serializer.validated_data)


def page(
    view: APIView, request: Request, rows: QuerySet[Any], shape: type[BaseSerializer[Any]], *, ordering: str = "-id"
) -> Response:
    pagination = CursorPagination()
    pagination.ordering = ordering
    found = pagination.paginate_queryset(rows, request, view=view)
    return pagination.get_paginated_response(shape(found, many=True).data)
