"""What happens around every request: a person's language and clock, staff's second factor, repeated writes."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from accounts.access import SecondFactorNeeded, is_staff_of_any_kind, lacks_second_factor
from accounts.api.authentication import carries_key, key_of
from accounts.clock import zone
from accounts.domain import idempotency
from accounts.exceptions import AccountsError
from accounts.models import User
from lib.api.problems import problem_json
from lib.exceptions import Refusal

# Where a second factor is set up and used, and what tells nobody anything.
OPEN_TO_STAFF = (
    "/accounts/", "/api/v1/identity/", "/i18n/", "/theme/", "/health/", "/.well-known/", "/favicon.ico", "/robots.txt",
)  # fmt: skip
STAFF_NEED_IT = gettext_lazy("Staff need a second factor: set one up, sign out and sign in with it.")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
GetResponse = Callable[[HttpRequest], HttpResponse]


class PersonalMiddleware:
    """The profile's language and time zone. A language chosen on this device (the cookie) comes first."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a session cookie there is nobody to ask about, and no statement to spend.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        if request.user.locale and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(request.user.locale)
            request.LANGUAGE_CODE = translation.get_language()
        # None leaves the site's own time zone.
        with timezone.override(zone(request.user.time_zone)):
            return self.get_response(request)


class StaffSecondFactorMiddleware:
    """Staff sessions without a second factor reach only what sets one up: their rights lie behind many pages, also
    behind those of clients and reviewers. A key needed the second factor when it was made."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self._is_barred(request):
            return self.get_response(request)
        if request.path.startswith("/api/"):
            return problem_json(AccountsError(str(STAFF_NEED_IT), code="second_factor_required", status=403))
        return self._lead_away(request)

    def _is_barred(self, request: HttpRequest) -> bool:
        if not settings.STAFF_NEEDS_SECOND_FACTOR or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return False
        if request.path == "/" or request.path.startswith(OPEN_TO_STAFF) or carries_key(request):
            return False
        return is_staff_of_any_kind(request.user) and lacks_second_factor(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return self._lead_away(request) if isinstance(error, SecondFactorNeeded) else None

    def _lead_away(self, request: HttpRequest) -> HttpResponse:
        messages.warning(request, STAFF_NEED_IT)
        return redirect("mfa_index")


class IdempotencyMiddleware:
    """Gives the first answer again to a repeated API write with the same Idempotency-Key.

    Works on the resolved view, before any statement, so that a view that keeps its own keys
    (`handles_idempotency = True`) costs nothing here.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE_METHODS or "Idempotency-Key" not in request.headers:
            return self.get_response(request)
        mark = request.idempotency_mark = idempotency.WriteMark()  # type: ignore[attr-defined]
        with connection.execute_wrapper(mark):
            response = self.get_response(request)
        if mark.claim is not None:
            idempotency.settle_claim(mark.claim, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        mark = getattr(request, "idempotency_mark", None)
        if mark is None:
            return None
        view_class = getattr(view, "cls", None)
        if view_class is None or getattr(view_class, "handles_idempotency", False):
            return None
        user = _caller(request)
        if user is None:
            return None
        try:
            outcome = idempotency.claim_key(
                user, key=request.headers["Idempotency-Key"], fingerprint=_fingerprint(request)
            )
        except Refusal as refusal:
            answer = problem_json(refusal)
            if refusal.code == "still_running":
                answer.headers["Retry-After"] = "2"
            return answer
        if isinstance(outcome, HttpResponse):
            return outcome
        mark.claim = outcome
        return None


def _caller(request: HttpRequest) -> User | None:
    """Who is asking; the view authenticates again and decides. A key is looked up once for both."""
    if carries_key(request):
        key = key_of(request)
        return key.user if key else None
    if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
        return request.user
    return None


def _fingerprint(request: HttpRequest) -> str:
    """What makes two writes the same. Of a large or streamed body only its length: it must not be read into memory."""
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        length = 0
    is_small_json = "json" in (request.content_type or "") and length <= idempotency.BODY_LIMIT_BYTES
    body = request.body if is_small_json else str(length).encode()
    head = f"{request.method} {request.get_full_path()}\n".encode()
    return sha256(head + body).hexdigest()
