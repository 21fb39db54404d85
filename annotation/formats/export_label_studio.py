"""Label Studio's task list: data, annotations with results, and the resolution as a prediction."""

import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from annotation.formats.export_jsonl import utc_text
from annotation.formats.records import AnswerRecord, ItemRecord, Losses
from annotation.kinds.label_studio import label_studio_config, label_studio_results
from annotation.kinds.schema import Schema


class LabelStudioWriter:
    extension = "json"
    content_type = "application/json"

    def __init__(self, schema: Schema, columns: list[str], losses: Losses) -> None:
        self.schema = schema
        self.losses = losses
        self.is_first = True
        for sentence in label_studio_config(schema).losses:
            losses.add(sentence)

    def head(self) -> str:
        return "["

    def lines(self, record: ItemRecord) -> Iterator[str]:
        self.losses.add(_("Active working time has no place in an annotation."), len(record.answers))
        task: dict[str, Any] = {
            "id": record.id,
            "data": record.data,
            "meta": {
                "position": record.position,
                "original_name": record.original_name,
                "sha256": record.sha256,
                "is_gold": record.is_gold,
            },
            "annotations": [self._annotation(answer) for answer in record.answers],
            "predictions": self._predictions(record),
        }
        text = json.dumps(task, ensure_ascii=False, separators=(",", ":"))
        yield ("\n" if self.is_first else ",\n") + text
        self.is_first = False

    def tail(self) -> str:
        return "\n]\n"

    def _annotation(self, answer: AnswerRecord) -> dict[str, Any]:
        return {
            "unique_id": answer.id,
            "completed_by": {"email": answer.annotator},
            "result": self._results(answer.id, answer.value),
            "was_cancelled": False,
            "ground_truth": False,
            "lead_time": answer.lead_ms / 1000,
            "created_at": utc_text(answer.submitted_at),
        }

    def _predictions(self, record: ItemRecord) -> list[dict[str, Any]]:
        if record.resolution is None:
            return []
        return [
            {
                "model_version": f"foggara-{record.resolution.method}",
                "score": record.resolution.confidence,
                "result": self._results(f"resolution-{record.id}", record.resolution.value),
            }
        ]

    def _results(self, owner: str, value: dict[str, Any]) -> list[dict[str, Any]]:
        rows = label_studio_results(self.schema, value)
        return [{"id": f"{owner}-{number}", "origin": "manual", **row} for number, row in enumerate(rows)]
