"""`Authorization: Bearer fg_…`: one statement finds the key and its person. Or the session of the pages."""

from copy import copy
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from rest_framework import authentication
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.domain.api_key import PREFIX, find_live_key
from accounts.models import ApiKey, User

SCHEME = "Bearer"
SECRET_LIMIT = 100


class ApiKeyAuthentication(BaseAuthentication):
    """`request.user` is the key's person, `request.auth` the key."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        if not request.headers.get("Authorization", "").startswith(f"{SCHEME} "):
            return None
        key = key_of(request._request)
        if key is None:
            raise AuthenticationFailed(_("This key is unknown, revoked or expired."))
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="foggara"'


class SessionAuthentication(authentication.SessionAuthentication):
    """Takes the CSRF token from the header alone: looking for it in a form would read the form, a file of any size with
    it, before anybody has asked what this person may do."""

    def enforce_csrf(self, request: Request | HttpRequest) -> None:
        unread: Any = copy(getattr(request, "_request", request))
        unread._post, unread._files = QueryDict(), MultiValueDict()
        super().enforce_csrf(unread)


def carries_key(request: HttpRequest) -> bool:
    """Whether the API goes by the key in this request, and by no session."""
    return request.path.startswith("/api/") and request.headers.get("Authorization", "").startswith(f"{SCHEME} ")


def key_of(request: HttpRequest) -> ApiKey | None:
    """The live key that this request carries; looked up once a request."""
    if not hasattr(request, "api_key"):
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        is_ours = scheme == SCHEME and secret.startswith(PREFIX) and len(secret) <= SECRET_LIMIT
        request.api_key = find_live_key(secret) if is_ours else None  # type: ignore[attr-defined]
    return request.api_key  # type: ignore[attr-defined]
