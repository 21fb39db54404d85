"""JSON (one array of objects), JSON Lines, and plain text (one item a line)."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import ijson
from django.utils.translation import gettext as _

from annotation.formats.rows import MAX_ROW_CHARACTERS, BadRow, Row, UnreadableFile, is_empty, problem_of

BOM = b"\xef\xbb\xbf"
# Escaped, a character of a row may take twelve bytes.
MAX_ITEM_BYTES = MAX_ROW_CHARACTERS * 12


def read_jsonl(file: BinaryIO) -> Iterator[Row | BadRow]:
    for number, line in _lines(file):
        if len(line) > MAX_ROW_CHARACTERS * 4:
            yield BadRow(number, "", _("The line is too long."))
            continue
        try:
            value = json.loads(line, parse_constant=_refuse_constant)
        except UnicodeDecodeError:
            yield BadRow(number, "", _("The line is not UTF-8."))
        except RecursionError:
            yield BadRow(number, "", _("The value is nested too deeply."))
        except ValueError as error:
            yield BadRow(number, "", _("The line is not valid JSON: %(error)s.") % {"error": str(error)[:120]})
        else:
            yield _object(number, value)


class _ItemTooLarge(Exception):
    pass


class _BoundedItems:
    """Hands a file to the parser, and stops when it has swallowed too much since the last item came out of it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.swallowed = 0

    def read(self, size: int) -> bytes:
        if self.swallowed > MAX_ITEM_BYTES:
            raise _ItemTooLarge
        block = self.file.read(size)
        self.swallowed += len(block)
        return block


def read_json(file: BinaryIO) -> Iterator[Row | BadRow]:
    _skip_bom(file)
    _refuse_unless_list(file)
    bounded = _BoundedItems(file)
    number = 0
    try:
        for number, value in enumerate(ijson.items(bounded, "item", use_float=True), start=1):
            bounded.swallowed = 0
            yield _object(number, value)
    except _ItemTooLarge as error:
        raise UnreadableFile(
            _("Item %(number)s is larger than %(limit)s MB. Take it out, or cut it into several.")
            % {"number": number + 1, "limit": MAX_ITEM_BYTES // 1024**2}
        ) from error
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            _("The file stops being valid JSON after item %(number)s: %(error)s.")
            % {"number": number, "error": str(error)[:120]}
        ) from error
    if number == 0:
        raise UnreadableFile(_("The file holds no items: its top level must be a list of objects."))


def _refuse_unless_list(file: BinaryIO) -> None:
    """An object at the top would be read to its end, and would still have no items."""
    start = file.tell()
    while (first := file.read(1)).isspace():
        pass
    file.seek(start)
    if first != b"[":
        raise UnreadableFile(_("The file holds no items: its top level must be a list of objects."))


def read_txt(file: BinaryIO) -> Iterator[Row | BadRow]:
    for number, line in _lines(file):
        try:
            text = line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            yield BadRow(number, "text", _("The line is not UTF-8."))
            continue
        problem = problem_of({"text": text})
        yield BadRow(number, *problem) if problem else Row(number, {"text": text})


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines that hold something, with their numbers. A line is never read further than a row may be long."""
    _skip_bom(file)
    limit = MAX_ROW_CHARACTERS * 4 + 1
    number = 0
    while line := file.readline(limit):
        number += 1
        rest = line
        while len(rest) == limit and not rest.endswith(b"\n"):
            rest = file.readline(limit)
        if line.strip():
            yield number, line


def _object(number: int, value: Any) -> Row | BadRow:
    if not isinstance(value, dict):
        return BadRow(number, "", _("An item must be an object with named fields."))
    problem = problem_of(value)
    if problem:
        return BadRow(number, *problem)
    if is_empty(value):
        return BadRow(number, "", _("The item is empty."))
    return Row(number, value)


def _skip_bom(file: BinaryIO) -> None:
    if file.read(len(BOM)) != BOM:
        file.seek(0)


def _refuse_constant(name: str) -> Any:
    raise ValueError(_("%(name)s is no JSON number") % {"name": name})
