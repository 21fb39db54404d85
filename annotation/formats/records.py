"""What an export says about one item, before a format gives it a shape."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from annotation.kinds.schema import Schema


@dataclass(frozen=True, slots=True)
class MediaRecord:
    name: str
    sha256: str
    content_type: str
    width: int | None
    height: int | None
    exif_orientation: int


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One accepted answer. `annotator` is a pseudonym that is stable within the client's projects, and only there."""

    id: str
    annotator: str
    value: dict[str, Any]
    revision: int
    schema_version: int
    lead_ms: int
    active_ms: int
    submitted_at: datetime
    verdict: str


@dataclass(frozen=True, slots=True)
class ResolutionRecord:
    value: dict[str, Any]
    confidence: float | None
    method: str
    answers: int


@dataclass(frozen=True, slots=True)
class ItemRecord:
    id: int
    position: int
    data: dict[str, Any]
    original_name: str
    sha256: str
    is_gold: bool
    media: MediaRecord | None
    resolution: ResolutionRecord | None
    answers: list[AnswerRecord]


@dataclass
class Losses:
    """Counts what a format could not carry, by a sentence that says what it was."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, what: str, count: int = 1) -> None:
        if count:
            self.counts[what] += count

    def as_json(self) -> list[dict[str, Any]]:
        return [{"what": what, "count": count} for what, count in sorted(self.counts.items())]


class Writer(Protocol):
    """Turns records into lines of a file: deterministic, UTF-8, LF, no byte order mark."""

    extension: str
    content_type: str

    def __init__(self, schema: Schema, columns: list[str], losses: Losses) -> None: ...

    def head(self) -> str: ...

    def lines(self, record: ItemRecord) -> Iterator[str]: ...

    def tail(self) -> str: ...
