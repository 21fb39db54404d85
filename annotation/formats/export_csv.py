"""CSV: a line per answer (or one line for an item without any), with the item and its resolution repeated."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from annotation.formats.export_jsonl import utc_text
from annotation.formats.records import AnswerRecord, ItemRecord, Losses
from annotation.kinds.schema import Schema

# A spreadsheet would run a cell that begins like this: a quote in front makes it text (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
ITEM_COLUMNS = ["item", "position", "original_name", "sha256", "is_gold"]
RESOLUTION_COLUMNS = ["resolution_confidence", "resolution_method", "resolution_answers"]
ANSWER_COLUMNS = [
    "answer",
    "annotator",
    "revision",
    "schema_version",
    "lead_ms",
    "active_ms",
    "submitted_at",
    "verdict",
]


class CsvWriter:
    extension = "csv"
    content_type = "text/csv; charset=utf-8"

    def __init__(self, schema: Schema, columns: list[str], losses: Losses) -> None:
        self.fields = schema.fields
        self.columns = columns
        self.losses = losses

    def head(self) -> str:
        answer_fields = [name for field in self.fields for name in field.kind.csv_columns(field)]
        return _csv_line(
            [
                *ITEM_COLUMNS,
                *(f"data.{name}" for name in self.columns),
                *(f"resolution.{name}" for name in answer_fields),
                *RESOLUTION_COLUMNS,
                *ANSWER_COLUMNS,
                *(f"answer.{name}" for name in answer_fields),
            ]
        )

    def lines(self, record: ItemRecord) -> Iterator[str]:
        if record.media:
            self.losses.add(_("The size, type and hash of an image are not in the table."))
        front = self._item_cells(record)
        answers: list[AnswerRecord | None] = [*record.answers] or [None]
        for answer in answers:
            cells = front + self._answer_cells(answer)
            yield _csv_line([self._safe(cell) for cell in cells])

    def tail(self) -> str:
        return ""

    def _item_cells(self, record: ItemRecord) -> list[str]:
        resolution = record.resolution
        value = resolution.value if resolution else {}
        confidence = "" if resolution is None or resolution.confidence is None else f"{resolution.confidence:.6f}"
        return [
            str(record.id),
            str(record.position),
            record.original_name,
            record.sha256,
            "true" if record.is_gold else "false",
            *(self._data_cell(record.data.get(name)) for name in self.columns),
            *self._value_cells(value),
            confidence,
            resolution.method if resolution else "",
            str(resolution.answers) if resolution else "0",
        ]

    def _answer_cells(self, answer: AnswerRecord | None) -> list[str]:
        if answer is None:
            return [""] * len(ANSWER_COLUMNS) + self._value_cells({})
        return [
            answer.id,
            answer.annotator,
            str(answer.revision),
            str(answer.schema_version),
            str(answer.lead_ms),
            str(answer.active_ms),
            utc_text(answer.submitted_at),
            answer.verdict,
            *self._value_cells(answer.value),
        ]

    def _value_cells(self, value: dict[str, Any]) -> list[str]:
        return [cell for field in self.fields for cell in field.kind.csv_cells(field, value.get(field.name))]

    def _data_cell(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        if value is None:
            return ""
        self.losses.add(_("Numbers, lists and objects in the data became text in their cell."))
        return json.dumps(value, ensure_ascii=False)

    def _safe(self, cell: str) -> str:
        if cell.startswith(FORMULA_STARTS):
            self.losses.add(_("A cell that a spreadsheet would run as a formula got a ' in front."))
            return "'" + cell
        return cell


def _csv_line(cells: list[str]) -> str:
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerow(cells)
    return target.getvalue()
