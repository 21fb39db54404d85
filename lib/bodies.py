"""How large a body may be before anybody has asked who sends it.

Django looks for the CSRF token in the form, and reads the form for it, files and all, before a view can ask anything.
So only views that ask first may be sent more than fits into memory: pages through `takes_files`, endpoints that say
`takes_files = True` (accounts/api/authentication.py takes the token from the header, and reads nothing).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from lib.api.problems import problem_json
from lib.exceptions import Refusal

View = Callable[..., HttpResponse]
# A form to sign up or in has some hundred bytes. Who brings neither a session nor a key has nothing larger to send.
STRANGERS_BYTES: Final = 64 * 1024


class BodyLimitMiddleware:
    """Stands before CsrfViewMiddleware. The server never hands out more than Content-Length says."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        length, limit = _length(request), settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if getattr(getattr(view, "cls", view), "takes_files", False):
            return None
        if (limit is None or length <= limit) and (length <= STRANGERS_BYTES or _is_known(request)):
            return None
        refusal = Refusal(_("This request is too large: send it in parts."), code="too_large", status=413)
        if request.path.startswith("/api/"):
            return problem_json(refusal)
        return render(request, "refused.html", {"refusal": refusal, "back": "/"}, status=refusal.status)


def takes_files(ask: Callable[..., Any]) -> Callable[[View], View]:
    """For a page that is sent files: `ask` gets what the view gets, and raises when this person has no business here.
    Only then is the form read, first of all for its CSRF token."""

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                ask(request, *args, **kwargs)
            return protected(request, *args, **kwargs)

        asking.takes_files = True  # type: ignore[attr-defined]
        return asking

    return decorate


def _is_known(request: HttpRequest) -> bool:
    """Has a session, or says that he has a key: that is looked at before his body is."""
    return "Authorization" in request.headers or request.user.is_authenticated


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
