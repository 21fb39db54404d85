"""JSON Lines: everything, one item a line. Nothing is lost."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from annotation.formats.records import ItemRecord, Losses
from annotation.kinds.schema import Schema


class JsonlWriter:
    extension = "jsonl"
    content_type = "application/jsonl"

    def __init__(self, schema: Schema, columns: list[str], losses: Losses) -> None:
        pass

    def head(self) -> str:
        return ""

    def lines(self, record: ItemRecord) -> Iterator[str]:
        line = {
            "id": record.id,
            "position": record.position,
            "original_name": record.original_name,
            "sha256": record.sha256,
            "is_gold": record.is_gold,
            "data": record.data,
            "media": asdict(record.media) if record.media else None,
            "resolution": asdict(record.resolution) if record.resolution else None,
            "answers": [_answer(answer) for answer in record.answers],
        }
        yield json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"

    def tail(self) -> str:
        return ""


def _answer(answer: Any) -> dict[str, Any]:
    return {
        "id": answer.id,
        "annotator": answer.annotator,
        "value": answer.value,
        "revision": answer.revision,
        "schema_version": answer.schema_version,
        "lead_ms": answer.lead_ms,
        "active_ms": answer.active_ms,
        "submitted_at": utc_text(answer.submitted_at),
        "verdict": answer.verdict,
    }


def utc_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
