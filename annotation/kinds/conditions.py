"""When a field is shown: conditions as data, never code. `static/js/` evaluates the same rules in the browser;
`annotation/tests/kinds/conditions.json` holds the cases that both must pass."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` is an earlier field. On a blank or hidden field every condition is false."""

    field: str
    op: str
    value: Any = None

    def holds(self, values: Mapping[str, Any]) -> bool:
        answer = values.get(self.field)
        if is_blank(answer):
            return False
        return OPERATIONS[self.op](answer, self.value)


def is_blank(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _equals(answer: Any, value: Any) -> bool:
    """Of an answer with several parts: one of them is the value."""
    parts: list[Any] = answer if isinstance(answer, list) else [answer]
    return value in parts


def _differs(answer: Any, value: Any) -> bool:
    return not _equals(answer, value)


def _is_among(answer: Any, values: Any) -> bool:
    return any(_equals(answer, value) for value in values)


def _counts_at_least(answer: Any, number: Any) -> bool:
    return bool((len(answer) if isinstance(answer, list) else 1) >= number)


def _is_answered(answer: Any, value: Any) -> bool:
    return True


OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": _equals,
    "ne": _differs,
    "in": _is_among,
    "count>=": _counts_at_least,
    "answered": _is_answered,
}
