"""Prometheus: counters of HTTP requests, and the text of a scrape. Queue and settlement bring gauges of their own.

Several web processes count at once. Each writes its counters into files of a folder (config/gunicorn.py prepares it),
and whichever is scraped adds them up. Gauges are read from the database at the scrape, so any process's are right.
"""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

REQUESTS = Counter("foggara_http_requests_total", "HTTP requests answered.", ["method", "route", "status"])
SECONDS = Histogram("foggara_http_request_seconds", "Seconds per HTTP request.", ["method", "route"])
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Collectors that ask the database or Valkey. Apart from the counters, which the processes hold.
GAUGES = CollectorRegistry()


class RequestMetricsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        # The route, never the path, and no method of a stranger's invention: a label must not grow without bound.
        route = request.resolver_match.route if request.resolver_match else "unmatched"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(method, route).observe(time.perf_counter() - started)
        return response


def exposition(folder: str) -> bytes:
    """Everything, in Prometheus' text format. `folder` is empty where one process serves alone."""
    counters = REGISTRY
    if folder:
        counters = CollectorRegistry()
        MultiProcessCollector(counters, path=folder)
    return generate_latest(counters) + generate_latest(GAUGES)
