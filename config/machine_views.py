"""What machines ask for: probes, metrics, and the small files whose addresses the web prescribes."""

from datetime import timedelta
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from config import probes
from lib.metrics import exposition

# RFC 9116 wants a date less than a year ahead.
SECURITY_NOTE_VALID = timedelta(days=180)
PROXY_HEADERS = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
DAY_SECONDS = 24 * 3600
# Search engines get the landing page and the documentation of the API; everything else is somebody's.
ROBOTS = """User-agent: *
Allow: /$
Allow: /static/
Allow: /api/v1/docs/
Disallow: /
"""


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """503 when no page could be served. Without worker or chain the product is degraded, and still serves."""
    needed, wanted = probes.needed(), probes.wanted()
    status = "unready" if not all(needed.values()) else "ok" if all(wanted.values()) else "degraded"
    return JsonResponse({"status": status, "checks": needed | wanted}, status=503 if status == "unready" else 200)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not may_read_metrics(request):
        raise Http404
    return HttpResponse(exposition(settings.METRICS_FOLDER), content_type=CONTENT_TYPE_LATEST)


def may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        return constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}")
    # Behind a proxy on this machine everybody seems to come from it: then only the token opens.
    is_behind_proxy = settings.TRUSTED_PROXY_COUNT > 0 or settings.SECURE_PROXY_SSL_HEADER is not None
    if is_behind_proxy or any(header in request.headers for header in PROXY_HEADERS):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@require_safe
@cache_control(max_age=DAY_SECONDS)
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(max_age=DAY_SECONDS)
def security_note(request: HttpRequest) -> HttpResponse:
    """RFC 9116. Without a contact there is nobody to promise an answer, so there is no note."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {(timezone.now() + SECURITY_NOTE_VALID).strftime('%Y-%m-%dT%H:%M:%SZ')}",
        f"Canonical: {settings.SITE_URL}{reverse('security-note')}",
        f"Preferred-Languages: {', '.join(code for code, _name in settings.LANGUAGES)}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(max_age=DAY_SECONDS)
def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Browsers ask for it on pages that are not ours to write, such as the JSON of the API."""
    return HttpResponseRedirect(static("icons/favicon.svg"))
