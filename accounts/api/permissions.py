"""What an API caller may do. A session has every scope of its person; a key only those it was given.

A view declares `required_scope = Scope.WORK`, or a dict by method: `{"GET": Scope.READ, "POST": Scope.MONEY}`.
Without a declaration a key needs `read` for safe methods, and is refused for writes.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request

from accounts.models import ApiKey, Scope

if TYPE_CHECKING:
    # REST framework loads this module while its own views are being defined.
    from rest_framework.views import APIView


class HasScope(IsAuthenticated):
    message = _("This key lacks the scope for that.")

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not super().has_permission(request, view):
            return False
        if not isinstance(request.auth, ApiKey):
            return True
        needed = scope_needed(view, request.method or "")
        return needed is not None and needed in request.auth.scopes


def scope_needed(view: object, method: str) -> Scope | None:
    """None: no key may do this."""
    declared = getattr(view, "required_scope", None)
    if isinstance(declared, dict):
        declared = declared.get("GET" if method == "HEAD" else method)
    if declared is None and method in SAFE_METHODS:
        return Scope.READ
    return declared


class SessionOnly(BasePermission):
    """For what a stolen key must not do, such as making more keys."""

    message = _("This needs a session; a key may not do it.")

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return not isinstance(request.auth, ApiKey)
