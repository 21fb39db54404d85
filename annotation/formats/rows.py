"""What every reader yields, and the checks that every row passes."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

MAX_ROW_CHARACTERS = 256 * 1024
MAX_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can become an item. `number` counts as the client's own program does: the header is row 1."""

    number: int
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot, and why."""

    number: int
    field: str
    reason: str


class UnreadableFile(Exception):
    """Nothing more can be read from this file. The message says what to do."""


def problem_of(data: dict[str, Any]) -> tuple[str, str] | None:
    """The first (field, reason) why a row of values cannot be stored, or None."""
    size = 0
    for name, value in data.items():
        if not name.strip():
            return "", _("A column has no name.")
        if _text_problem(name):
            return "", _("The name of a column holds a character that cannot be kept.")
        if type(value) is str:
            size += len(value)
            reason = _text_problem(value)
        else:
            reason, more = _deep_problem(value, 0)
            size += more
        if reason:
            return name, reason
    if size > MAX_ROW_CHARACTERS:
        return "", _("The row is longer than %(limit)s characters.") % {"limit": MAX_ROW_CHARACTERS}
    return None


def is_empty(data: dict[str, Any]) -> bool:
    return not any(value not in ("", None, [], {}) for value in data.values())


def _text_problem(text: str) -> str:
    if "\x00" in text:
        return _("The text holds a NUL character.")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return _("The text is not UTF-8. Save the file as UTF-8 and upload it again.")
    return ""


def _deep_problem(value: Any, depth: int) -> tuple[str, int]:
    if isinstance(value, str):
        return _text_problem(value), len(value)
    if not isinstance(value, dict | list):
        return "", 8
    if depth >= MAX_DEPTH:
        return _("The value is nested more than %(limit)s levels deep.") % {"limit": MAX_DEPTH}, 0
    size = 0
    for part in [*value, *value.values()] if isinstance(value, dict) else value:
        reason, more = _deep_problem(part, depth + 1)
        size += more
        if reason:
            return reason, size
    return "", size
