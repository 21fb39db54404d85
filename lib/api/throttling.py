"""Rate limits per person (or per address before sign-in), counted in Valkey."""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

if TYPE_CHECKING:
    # REST framework loads this module while its own views are being defined.
    from rest_framework.views import APIView


class PersonThrottle(SimpleRateThrottle):
    scope = "person"

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        who = request.user.pk if request.user and request.user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": who}


class SubmissionThrottle(PersonThrottle):
    scope = "submission"
