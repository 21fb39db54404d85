from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from rest_framework.test import APIRequestFactory

from lib.api.throttling import PersonThrottle


class ThreeAnHour(PersonThrottle):
    rate = "3/hour"


def request_of(pk: int | None):
    request = APIRequestFactory().get("/")
    request.user = SimpleNamespace(pk=pk, is_authenticated=True) if pk else AnonymousUser()
    return request


@pytest.fixture(autouse=True)
def _empty_counters():
    cache.clear()
    yield
    cache.clear()


def test_a_person_is_stopped_at_the_limit_and_told_how_long():
    throttle = ThreeAnHour()

    allowed = [throttle.allow_request(request_of(7), None) for _ in range(4)]

    assert allowed == [True, True, True, False]
    assert 0 < throttle.wait() <= 3600


def test_one_person_does_not_use_up_the_limit_of_another():
    for _ in range(3):
        ThreeAnHour().allow_request(request_of(7), None)

    assert ThreeAnHour().allow_request(request_of(8), None) is True
    assert ThreeAnHour().allow_request(request_of(None), None) is True
