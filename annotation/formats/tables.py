"""CSV (RFC 4180, with the separators that spreadsheets write) and TSV."""

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

from annotation.formats.rows import MAX_ROW_CHARACTERS, BadRow, Row, UnreadableFile, is_empty, problem_of

SEPARATORS = ",;\t|"
SAMPLE_BYTES = 64 * 1024


def read_csv(file: BinaryIO) -> Iterator[Row | BadRow]:
    sample = file.read(SAMPLE_BYTES).decode("utf-8-sig", errors="replace")
    file.seek(0)
    yield from _read(file, separator=_separator_of(sample))


def read_tsv(file: BinaryIO) -> Iterator[Row | BadRow]:
    yield from _read(file, separator="\t")


def _separator_of(sample: str) -> str:
    """The separator that splits the header into most columns; a comma when none does."""
    header = sample.splitlines()[0] if sample.strip() else ""
    best = max(SEPARATORS, key=lambda separator: len(next(csv.reader([header], delimiter=separator), [])))
    return best if best in header else ","


def _read(file: BinaryIO, *, separator: str) -> Iterator[Row | BadRow]:
    # Bytes that are no UTF-8 come through as lone surrogates, so that the row can be named.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    csv.field_size_limit(MAX_ROW_CHARACTERS * 4)
    lines = csv.reader(text, delimiter=separator)
    try:
        names = _names(next(lines, None))
        for number, values in enumerate(lines, start=2):
            yield from _row(number, names, values)
    except csv.Error as error:
        raise UnreadableFile(
            _("Line %(line)s cannot be read as a table: %(error)s.") % {"line": lines.line_num, "error": error}
        ) from error
    finally:
        # The file belongs to the caller: the wrapper must not close it.
        text.detach()


def _names(header: list[str] | None) -> list[str]:
    names = [name.strip() for name in header or []]
    if not any(names):
        raise UnreadableFile(_("The file has no header: put the names of the columns into its first row."))
    if "" in names:
        raise UnreadableFile(_("Column %(place)s has no name in the header.") % {"place": names.index("") + 1})
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UnreadableFile(_("The header names “%(name)s” twice.") % {"name": twice[0]})
    return names


def _row(number: int, names: list[str], values: list[str]) -> Iterator[Row | BadRow]:
    if not values:
        return
    if len(values) != len(names):
        reason = _("The row has %(found)s cells, the header %(wanted)s.") % {"found": len(values), "wanted": len(names)}
        yield BadRow(number, "", reason)
        return
    data = dict(zip(names, values, strict=True))
    problem = problem_of(data)
    if problem:
        yield BadRow(number, *problem)
    elif is_empty(data):
        yield BadRow(number, "", _("The row is empty."))
    else:
        yield Row(number, data)
