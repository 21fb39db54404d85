"""Pages and probes that belong to no app."""

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


def landing(request: HttpRequest) -> HttpResponse:
    return render(request, "landing.html")


def styleguide(request: HttpRequest) -> HttpResponse:
    return render(request, "styleguide.html")


def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """The process can do its work: database and Valkey answer."""
    checks = {"database": _database_answers(), "valkey": _cache_answers()}
    return JsonResponse({"status": "ok" if all(checks.values()) else "unready", "checks": checks}, status=200 if all(checks.values()) else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except Exception:  # noqa: BLE001
        return False


def _cache_answers() -> bool:
    try:
        cache.set("ready", 1, 5)
        return cache.get("ready") == 1
    except Exception:  # noqa: BLE001
        return False


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "500.html", status=500)
