"""The rows of comments in the form that returns an answer: read from what was sent, and drawn again with every word."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from annotation.domain.comments import Remark
from annotation.kinds.regions import places
from annotation.kinds.schema import schema_for
from annotation.models import Answer


@dataclass(frozen=True)
class RemarkRow:
    """`place` is one of the form's choices as JSON; of a passage, `passage` is its words."""

    place: str = ""
    passage: str = ""
    comment: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)


def remarks_in(sent: QueryDict) -> list[Remark]:
    """Rows without a comment are no rows."""
    return [Remark(_region(row), row.comment) for row in _rows(sent) if row.comment.strip()]


def remark_rows(answer: Answer, sent: QueryDict | None = None) -> list[RemarkRow]:
    """What was sent, and where nothing was, one row to begin with."""
    known = _choices(answer)
    rows = [row for row in _rows(sent) if row.comment.strip()] if sent is not None else []
    return [_drawn(row, known) for row in rows or [RemarkRow()]]


def _rows(sent: QueryDict) -> list[RemarkRow]:
    given = (sent.getlist(name) for name in ("place", "passage", "comment"))
    return [RemarkRow(*row) for row in zip(*given, strict=False)]


def _drawn(row: RemarkRow, known: list[tuple[str, str]]) -> RemarkRow:
    """A passage that was selected is a choice of its own."""
    choices = list(known)
    if row.place and row.place not in {place for place, _title in known}:
        region = _region(row)
        choices.append((row.place, _("“%(quote)s”") % {"quote": str(region.get("quote", "…"))[:80]}))
    return RemarkRow(row.place, row.passage, row.comment, choices)


def _region(row: RemarkRow) -> Mapping[str, Any]:
    try:
        region = json.loads(row.place)
    except ValueError:
        return {}
    if not isinstance(region, dict):
        return {}
    if region.get("on") == "text" and "start" not in region:
        region["quote"] = row.passage.strip()
    return region


def _choices(answer: Answer) -> list[tuple[str, str]]:
    version = answer.schema_version
    schema = schema_for(version.pk, version.schema)
    found = [(_named(region), title) for region, title in places(schema, answer.value, get_language() or "en")]
    texts = [part.name for part in schema.data if part.type == "text"]
    title = _("A passage of the text")
    return found + [
        (json.dumps({"on": "text", "source": name}), title if len(texts) == 1 else f"{title}: {name}") for name in texts
    ]


def _named(region: Mapping[str, Any]) -> str:
    return json.dumps({name: value for name, value in region.items() if name != "title"})
