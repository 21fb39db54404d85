"""Pages that belong to no app."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config.context import THEME_COOKIE, THEMES
from config.styleguide import examples
from lib.api.problems import problem_json
from lib.exceptions import Refusal
from lib.request_id import current_request_id

YEAR_SECONDS = 365 * 24 * 3600
_TEST = {"symbol": "TEST", "decimals": 2}
# The landing page's example: rewards 1,060, of which the fee is 5 %, of 1,200 locked.
EXAMPLE_FLOW = {
    name: {"minor": minor, "token": _TEST}
    for name, minor in {"locked": 120000, "annotators": 100000, "reviewers": 6000, "fee": 5300, "back": 8700}.items()
}


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    return render(request, "landing.html", {"flow": EXAMPLE_FLOW})


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    return render(request, "styleguide.html", examples())


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("theme", "")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = redirect(back)
    if chosen in THEMES:
        # Not a secret; the page's script writes it too, so it is readable from script.
        response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure())
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Named by CSRF_FAILURE_VIEW: says what to do, in the person's language."""
    if request.path.startswith("/api/"):
        return problem_json(
            Refusal(_("Send the CSRF token in the header X-CSRFToken."), code="csrf_failed", status=403)
        )
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    # Without the request: a context processor may be what failed.
    return HttpResponse(render_to_string("500.html", {"request_id": current_request_id()}), status=500)
