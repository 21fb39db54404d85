"""What the columns of a file hold, learnt while its rows pass by."""

from dataclasses import dataclass
from typing import Any

MAX_COLUMNS = 200
EXAMPLE_CHARACTERS = 120
KINDS: dict[type, str] = {str: "text", int: "number", float: "number", bool: "yes/no", list: "list", dict: "object"}


@dataclass
class _Column:
    name: str
    kind: str = ""
    filled: int = 0
    example: str = ""


class ColumnSurvey:
    def __init__(self) -> None:
        self._columns: dict[str, _Column] = {}

    def take(self, data: dict[str, Any]) -> None:
        for name, value in data.items():
            column = self._columns.get(name)
            if column is None:
                if len(self._columns) >= MAX_COLUMNS:
                    continue
                column = self._columns[name] = _Column(name)
            if value is None or value == "":
                continue
            column.filled += 1
            kind = KINDS.get(type(value), "text")
            if column.kind != kind:
                column.kind = "mixed" if column.kind else kind
            if not column.example:
                column.example = str(value)[:EXAMPLE_CHARACTERS]

    def columns(self) -> list[dict[str, Any]]:
        """[{name, kind, filled, example}] in the order in which they were first seen."""
        return [
            {"name": c.name, "kind": c.kind or "empty", "filled": c.filled, "example": c.example}
            for c in self._columns.values()
        ]
