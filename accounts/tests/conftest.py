"""What all tests of this room share."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Tries and letters are counted in the cache, by address: those of one test would be used up by the one before."""
    cache.clear()
