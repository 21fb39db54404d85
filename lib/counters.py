"""Counters that forget themselves, in Valkey: one round trip each, where the cache's own `incr` takes two."""

from functools import cache

import redis
from django.conf import settings

PREFIX = "foggara:count:"


def count_in_window(name: str, *, seconds: int) -> int:
    """How often this was called with this name since the first call of its window, this one included."""
    with _client().pipeline(transaction=False) as pipeline:
        pipeline.incr(PREFIX + name)
        pipeline.expire(PREFIX + name, seconds, nx=True)
        return int(pipeline.execute()[0])


@cache
def _client() -> redis.Redis:
    """A pool for each process; made at the first use, so after gunicorn has forked."""
    return redis.Redis.from_url(settings.REDIS_URL)
