"""What all tests share, and what their processes do not."""

import os

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

# The same examples at each run, however slow the machine: a red run then means a change. Other examples, to search:
# HYPOTHESIS_PROFILE=default make test.
hypothesis_settings.register_profile("steady", derandomize=True, deadline=None, database=None)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests with transactions empty all tables afterwards, which the ledger's guards refuse. Only that guard rests."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rewards_entry DISABLE TRIGGER entry_is_never_truncated")
        cursor.execute("ALTER TABLE rewards_transfer DISABLE TRIGGER transfer_is_never_truncated")


def pytest_configure() -> None:
    """Each process of the tests has a Valkey database of its own, or one would clear the cache under the other."""
    hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
    settings.REDIS_URL = f"{settings.REDIS_URL.rsplit('/', 1)[0]}/{number}"
    settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL
