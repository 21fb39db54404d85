"""An item's data and answers as words for a page, in the reader's language."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language

from annotation.kinds.schema import parse_schema, schema_for
from annotation.kinds.titles import title_in
from annotation.models import Item, Project, SchemaVersion

SHOWN_CHARACTERS = 240


@dataclass(frozen=True)
class AnswerRow:
    title: str
    values: list[str]


def data_rows(item: Item, *, limit: int | None = None) -> list[tuple[str, str, str]]:
    """(column, text, address of the image or nothing)."""
    media = reverse("media", args=[item.media_id]) if item.media_id else ""
    rows = []
    for name, value in list(item.data.items())[:limit]:
        text = value if isinstance(value, str) else "" if value is None else str(value)
        if limit and len(text) > SHOWN_CHARACTERS:
            text = f"{text[:SHOWN_CHARACTERS]}…"
        rows.append((name, text, media if name == "image" else ""))
    return rows


def shown_rows(version: SchemaVersion, item: Item) -> list[tuple[str, str]]:
    """(text, address of the image or nothing) of what an annotator is shown: only what the interface names."""
    rows = []
    for name, part in version.schema["data"].items():
        if part["type"] == "image":
            if item.media_id:
                rows.append(("", reverse("media", args=[item.media_id])))
        elif item.data.get(name) is not None:
            rows.append((str(item.data[name]), ""))
    return rows


def answer_rows(project: Project, value: dict[str, Any]) -> list[AnswerRow]:
    """Each answered question with the titles of what was chosen."""
    return answer_words(project.schema_version, value) if project.schema_version else []


def answer_words(version: SchemaVersion, value: dict[str, Any]) -> list[AnswerRow]:
    """The same by a version that an answer was given to."""
    locale = get_language() or "en"
    # Only a frozen version keeps its meaning, and may be kept in memory.
    schema = schema_for(version.pk, version.schema) if version.frozen_at else parse_schema(version.schema)
    rows = []
    for field in schema.fields:
        if field.name in value:
            title = title_in(field.titles, locale, fallback=field.name)
            rows.append(AnswerRow(title, field.kind.words(field, value[field.name], locale)))
    return rows
