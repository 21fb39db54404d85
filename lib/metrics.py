"""Prometheus counters of HTTP requests. The gauges of queue and settlement live with their apps."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

REQUESTS = Counter("foggara_http_requests_total", "HTTP requests answered.", ["method", "route", "status"])
SECONDS = Histogram("foggara_http_request_seconds", "Seconds per HTTP request.", ["method", "route"])


class RequestMetricsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        # The route, never the path: a label per object would grow without bound.
        route = request.resolver_match.route if request.resolver_match else "unmatched"
        REQUESTS.labels(request.method, route, response.status_code).inc()
        SECONDS.labels(request.method, route).observe(time.perf_counter() - started)
        return response
