"""What all tests share, and what their processes do not."""

import os

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests with transactions empty all tables afterwards, which the ledger's guards refuse. Only that guard rests."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rewards_entry DISABLE TRIGGER entry_is_never_truncated")
        cursor.execute("ALTER TABLE rewards_transfer DISABLE TRIGGER transfer_is_never_truncated")


def pytest_configure() -> None:
    """Each process of the tests has a Valkey database of its own, or one would clear the cache under the other."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
    settings.REDIS_URL = f"{settings.REDIS_URL.rsplit('/', 1)[0]}/{number}"
    settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL
