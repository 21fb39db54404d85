"""What every test of the house needs. The ledger refuses TRUNCATE; emptying a test database is the one exception."""

from collections.abc import Iterator, Sequence

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations


@pytest.fixture(autouse=True, scope="session")
def _flush_past_the_guards_of_the_ledger() -> Iterator[None]:
    original = DatabaseOperations.execute_sql_flush

    def execute_sql_flush(self: DatabaseOperations, sql_list: Sequence[str]) -> None:
        # Only for this transaction, and only a superuser may: no trigger fires.
        original(self, ["SET LOCAL session_replication_role = replica", *sql_list] if sql_list else sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", execute_sql_flush)
        yield
