"""Statements that PostgreSQL plans once a connection instead of every time.

For the few that every label needs: there, planning costs more than doing. Not for statements whose best plan depends on
the values. It needs connections of its own: a pooler that hands them from transaction to transaction must know prepared
statements (PgBouncer: session pooling).
"""

import re
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper

_PLACE = re.compile(r"%\((\w+)\)s")
# Which names each connection to the server knows; gone with the connection.
_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class Prepared:
    """`sql` has places such as %(user)s; `types` are their PostgreSQL types."""

    def __init__(self, name: str, sql: str, **types: str) -> None:
        self.name = name
        self.names = list(types)
        text = _PLACE.sub(lambda place: f"${self.names.index(place[1]) + 1}", sql)
        self._prepare = f"PREPARE {name} ({', '.join(types.values())}) AS {text}"
        self._execute = f"EXECUTE {name} ({', '.join(f'%({each})s' for each in self.names)})"

    def execute(self, cursor: CursorWrapper, values: Mapping[str, Any]) -> None:
        known = _known.setdefault(connection.connection, set())
        if self.name not in known:
            cursor.execute(self._prepare)
            known.add(self.name)
        cursor.execute(self._execute, values)
