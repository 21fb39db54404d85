"""How a person signs in, in a session: django-allauth's own JSON API (allauth.headless), served as a part of ours.

Its views are subclassed, not copied: they call what allauth's pages call, with the same limits, letters and questions
for the password. Ours is only the shape of errors, and what a body may be. They know sessions and no keys: a stolen key
changes no password. docs/decisions/0020-identity-is-allauths-own-api.md
"""

import json
import struct
from io import BytesIO
from typing import Any, cast

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.account import views as account
from allauth.headless.base import views as base
from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.constants import Client
from allauth.headless.mfa import views as mfa
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views import View
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType

from lib.api.parsers import BodyTooLarge, JsonParser
from lib.api.problems import CONTENT_TYPE, problem, problem_json
from lib.exceptions import FieldError, InvalidInput, Refusal

PREFIX = "identity/"
FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}
# As allauth's description of its API names them, so that programs written for it work. What we have switched off is
# left out: telephone numbers, codes by e-mail, third parties.
VIEWS: dict[str, type[base.APIView]] = {
    "config": base.ConfigView,
    "auth/session": account.SessionView,
    "auth/login": account.LoginView,
    "auth/signup": account.SignupView,
    "auth/email/verify": account.VerifyEmailView,
    "auth/password/request": account.RequestPasswordResetView,
    "auth/password/reset": account.ResetPasswordView,
    "auth/reauthenticate": account.ReauthenticateView,
    "auth/2fa/authenticate": mfa.AuthenticateView,
    "auth/2fa/reauthenticate": mfa.ReauthenticateView,
    "auth/webauthn/login": mfa.LoginWebAuthnView,
    "auth/webauthn/authenticate": mfa.AuthenticateWebAuthnView,
    "auth/webauthn/reauthenticate": mfa.ReauthenticateWebAuthnView,
    "account/password/change": account.ChangePasswordView,
    "account/email": account.ManageEmailView,
    "account/authenticators": mfa.AuthenticatorsView,
    "account/authenticators/totp": mfa.ManageTOTPView,
    "account/authenticators/recovery-codes": mfa.ManageRecoveryCodesView,
    "account/authenticators/webauthn": mfa.ManageWebAuthnView,
}


class AsOurs(View):
    """What stands before and behind each of allauth's views."""

    # Answers carry secrets, such as recovery codes, which must not be kept for repeats.
    handles_idempotency = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            _refuse_what_is_no_object(request)
            response = super().dispatch(request, *args, **kwargs)
        except (APIException, Refusal) as error:
            return problem_json(error)
        except ImmediateHttpResponse as immediate:
            response = immediate.response
        if 300 <= response.status_code < 400:
            # Some of its flows end on a page; who is signed in now says the same.
            response = AuthenticationResponse(request)
        return _as_problem(cast(HttpResponse, response)) if response.status_code >= 400 else response


class ReadsCredentials(AsOurs):
    """The library that reads what an authenticator says takes it for well formed, and fails on what is not."""

    def handle_input(self, data: Any) -> Any:
        try:
            return super().handle_input(data)  # type: ignore[misc]
        except (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error):
            raise InvalidInput(
                _("Some fields need mending."), [FieldError("credential", _("This is no answer of an authenticator."))]
            ) from None


def urlpatterns() -> list[URLPattern]:
    return [path(f"{PREFIX}{route}", _view(view), name=name_of(route)) for route, view in VIEWS.items()]


def name_of(route: str) -> str:
    return f"api-identity-{route.replace('/', '-')}"


def _view(view: type[base.APIView]) -> Any:
    base_class = ReadsCredentials if "WebAuthn" in view.__name__ else AsOurs
    ours = type(view.__name__, (base_class, view), {"__module__": view.__module__, "__doc__": view.__doc__})
    served = ours.as_api_view(client=Client.BROWSER)  # type: ignore[attr-defined]
    served.cls = ours
    return served


def _refuse_what_is_no_object(request: HttpRequest) -> None:
    if request.content_type in FORMS:  # read already, in search of the CSRF token
        raise UnsupportedMediaType(request.content_type)
    try:
        body = request.body if request.method not in {"GET", "HEAD"} else b""
    except RequestDataTooBig:
        raise BodyTooLarge from None
    if body and not isinstance(JsonParser().parse(BytesIO(body)), dict):
        raise ParseError(_("Send a JSON object."))


def _as_problem(response: HttpResponse) -> JsonResponse:
    """With everything that allauth said: `data.flows` are the ways on, `meta` what was asked for."""
    try:
        said = json.loads(response.content)
    except ValueError:
        said = {}
    given = said.get("errors", [])
    code, detail = _words(response.status_code, said)
    errors = [each | {"field": each.get("param", "")} for each in given]
    if given and not any(each["field"] for each in errors):
        detail = " ".join(each["message"] for each in given)
    body = problem(response.status_code, code=code, detail=detail, errors=errors)
    body |= {name: said[name] for name in ("data", "meta") if name in said}
    answer = JsonResponse(body, status=response.status_code, content_type=CONTENT_TYPE)
    for name in ("Allow", "Cache-Control", "Expires", "Retry-After"):
        if name in response:
            answer[name] = response[name]
    answer.cookies = response.cookies
    return answer


def _words(status: int, said: dict[str, Any]) -> tuple[str, str]:
    if status == 401:
        return _what_is_missing(said)
    return {
        400: ("invalid", _("Some fields need mending.")),
        403: ("permission_denied", _("This is not possible now.")),
        404: ("not_found", _("There is none yet.")),
        405: ("method_not_allowed", _("There is no such method here.")),
        409: ("conflict", _("Who is signed in, or what is set up, does not allow that now.")),
        429: ("throttled", _("Too many tries. Wait a little.")),
    }.get(status, ("refused", _("This was refused.")))


def _what_is_missing(said: dict[str, Any]) -> tuple[str, str]:
    flows = (said.get("data") or {}).get("flows", [])
    pending = [flow["id"] for flow in flows if flow.get("is_pending")]
    if (said.get("meta") or {}).get("is_authenticated"):
        return "reauthentication_required", _("Say first that it is you, in one of the ways of data.flows.")
    if pending:
        return "authentication_pending", _("One more step: %(step)s.") % {"step": pending[0]}
    return "not_authenticated", _("Sign in first.")
