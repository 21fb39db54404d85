"""What all tests share."""

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests with transactions empty all tables afterwards, which the ledger's guards refuse. Only that guard rests."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rewards_entry DISABLE TRIGGER entry_is_never_truncated")
        cursor.execute("ALTER TABLE rewards_transfer DISABLE TRIGGER transfer_is_never_truncated")
