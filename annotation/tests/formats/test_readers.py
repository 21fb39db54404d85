import io
import json

import pytest

from annotation.formats import READERS, BadRow, Row, UnreadableFile
from annotation.formats.rows import MAX_DEPTH, MAX_ROW_CHARACTERS
from annotation.formats.texts import MAX_ITEM_BYTES, read_json


def read(kind: str, content: bytes) -> list[Row | BadRow]:
    return list(READERS[kind](io.BytesIO(content)))


def test_csv_rows_are_numbered_as_in_a_spreadsheet() -> None:
    rows = read("csv", b'id,text\n1,hello\n2,"two\nlines"\n')

    assert rows == [Row(2, {"id": "1", "text": "hello"}), Row(3, {"id": "2", "text": "two\nlines"})]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_finds_its_separator(separator: str) -> None:
    content = separator.join(["id", "text"]) + "\n" + separator.join(["1", "a"]) + "\n"

    assert read("csv", content.encode()) == [Row(2, {"id": "1", "text": "a"})]


def test_csv_with_a_byte_order_mark_loses_nothing_but_the_mark() -> None:
    assert read("csv", "\ufefftext\nhé\n".encode()) == [Row(2, {"text": "hé"})]


def test_csv_names_the_row_that_has_too_many_cells() -> None:
    rows = read("csv", b"a,b\n1,2\n1,2,3\n")

    assert rows[1] == BadRow(3, "", "The row has 3 cells, the header 2.")


def test_csv_names_the_row_that_is_not_utf8_and_goes_on() -> None:
    rows = read("csv", b"text\nok\n\xff\xfe\nstill ok\n")

    assert [type(row) for row in rows] == [Row, BadRow, Row]
    assert rows[1].number == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "no header"), (b"a,a\n1,2\n", "twice"), (b"a,,c\n1,2,3\n", "Column 2")],
)
def test_csv_without_a_usable_header_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        read("csv", content)


def test_csv_cells_that_look_like_formulas_are_kept_as_they_are() -> None:
    assert read("csv", b"text,n\n=1+1,2\n") == [Row(2, {"text": "=1+1", "n": "2"})]


def test_jsonl_names_bad_lines_and_goes_on() -> None:
    rows = read("jsonl", b'{"a": 1}\n{bad\n\n[1]\n{"a": NaN}\n{"a": "x"}\n')

    assert [type(row) for row in rows] == [Row, BadRow, BadRow, BadRow, Row]
    assert [row.number for row in rows] == [1, 2, 4, 5, 6]


def test_json_is_read_item_by_item() -> None:
    rows = read("json", json.dumps([{"a": 1}, {"a": {"b": [1, 2]}}, 3]).encode())

    assert rows[:2] == [Row(1, {"a": 1}), Row(2, {"a": {"b": [1, 2]}})]
    assert isinstance(rows[2], BadRow)


@pytest.mark.parametrize("content", [b'[{"a": 1}, {"a"', b'{"a": 1}', b"", b"[]"])
def test_broken_or_empty_json_is_refused_with_the_place(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read("json", content)


def test_txt_makes_an_item_of_every_line_that_says_something() -> None:
    assert read("txt", b"one\r\n\n  \nzwei\n") == [Row(1, {"text": "one"}), Row(4, {"text": "zwei"})]


def test_text_survives_to_the_code_point() -> None:
    text = "👩‍👩‍👧 é e\u0301 שלום \u202eabc 𝒳"

    assert read("jsonl", (json.dumps({"text": text}) + "\n").encode()) == [Row(1, {"text": text})]


def test_a_line_longer_than_a_row_may_be_is_refused_without_being_kept() -> None:
    rows = read("jsonl", b'{"a": "' + b"x" * (MAX_ROW_CHARACTERS * 5) + b'"}\n{"a": 1}\n')

    assert [type(row) for row in rows] == [BadRow, Row]
    assert rows[1].number == 2


@pytest.mark.parametrize(
    "value",
    ["a\x00b", "\ud800", json.loads("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2)), "x" * (MAX_ROW_CHARACTERS + 1)],
)
def test_values_that_the_database_cannot_hold_are_named(value: object) -> None:
    rows = read("jsonl", (json.dumps({"ok": "yes", "field": value}) + "\n").encode())

    assert isinstance(rows[0], BadRow)
    assert rows[0].reason


class Endless(io.BytesIO):
    """A list whose second item never ends; counts what was read of it."""

    def __init__(self) -> None:
        super().__init__(b'[{"a": 1}, {"a": "')
        self.handed = 0

    def read(self, size: int | None = -1) -> bytes:
        block = super().read(size) or b"x" * max(0, size or 0)
        self.handed += len(block)
        return block


def test_one_item_that_never_ends_is_refused_by_its_number_before_it_fills_the_memory() -> None:
    file, rows = Endless(), []

    with pytest.raises(UnreadableFile, match="Item 2 is larger than 3 MB"):
        rows += read_json(file)

    assert file.handed < 2 * MAX_ITEM_BYTES


def test_an_escaped_item_as_long_as_a_row_may_be_is_read() -> None:
    text = "\U0001f600" * (MAX_ROW_CHARACTERS - 10)

    assert read("json", json.dumps([{"t": text}, {"t": "b"}]).encode()) == [Row(1, {"t": text}), Row(2, {"t": "b"})]


def test_json_whose_top_is_an_object_is_refused_at_its_first_byte() -> None:
    file = io.BytesIO(b' \n{"items": [' + b"1," * 100_000)

    with pytest.raises(UnreadableFile, match="top level must be a list"):
        list(read_json(file))

    assert file.tell() < 10
