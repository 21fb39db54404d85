"""Rate limits per person (or per address before sign-in), counted in Valkey."""

import time
from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from lib.counters import count_in_window

if TYPE_CHECKING:
    # REST framework loads this module while its own views are being defined.
    from rest_framework.views import APIView


class PersonThrottle(SimpleRateThrottle):
    """So many requests in each window of the clock.

    REST framework's own throttle keeps the time of every request in a list that is read and written each time, which
    on the hot path costs more than the work itself; this one is a single INCR.
    """

    scope = "person"
    # Set by REST framework from the rate.
    num_requests: int
    duration: int

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        who = request.user.pk if request.user and request.user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": who}

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if self.rate is None:
            return True
        window = int(time.time() // self.duration)
        key = f"{self.get_cache_key(request, view)}_{window}"
        count = count_in_window(key, seconds=self.duration * 2)
        return bool(count <= self.num_requests)

    def wait(self) -> float:
        return float(self.duration - time.time() % self.duration)


class SubmissionThrottle(PersonThrottle):
    scope = "submission"
