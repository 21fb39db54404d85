"""Places of an answer that a comment can be about: the whole of it, a question, a part of what was answered to it (an
option, a shape), or a passage of the item's text. Offsets are code points of the stored text, as everywhere.

A place is stored as JSON: {"on": "answer"}, {"on": "field", "field": f}, {"on": "part", "field": f, "part": id,
"title": …} or {"on": "text", "source": column, "start": n, "end": n, "quote": …}.
"""

from collections.abc import Mapping
from typing import Any, TypeGuard

from django.utils.translation import gettext as _

from annotation.exceptions import AnnotationError
from annotation.kinds.schema import Schema
from annotation.kinds.titles import title_in

Region = dict[str, Any]
WHOLE: Region = {"on": "answer"}
MOST_QUOTED = 200


def read_region(schema: Schema, value: Mapping[str, Any], data: Mapping[str, Any], raw: Any) -> Region:
    """The place that somebody names, as it is stored: with its own words, so that it can be told when it is gone."""
    raw = raw if isinstance(raw, Mapping) else {}
    on = raw.get("on")
    if on == "answer":
        return dict(WHOLE)
    if on == "text":
        return _passage(schema, data, raw)
    name = raw.get("field")
    field = schema.by_name.get(name) if isinstance(name, str) else None
    if on not in {"field", "part"} or field is None:
        raise _refused(_("There is no such place in this answer."))
    if on == "field":
        return {"on": "field", "field": field.name}
    parts = field.kind.parts(field, value.get(field.name), "en")
    part = raw.get("part")
    if not isinstance(part, str) or part not in parts:
        raise _refused(_("This answer has no such part."))
    return {"on": "part", "field": field.name, "part": part, "title": parts[part][:MOST_QUOTED]}


def is_there(schema: Schema, value: Mapping[str, Any], region: Region) -> bool:
    """Whether an answer still has this place. A question that is not asked any more takes its comments with it."""
    if region["on"] in {"answer", "text"}:
        return True
    field = schema.by_name.get(region["field"])
    if field is None or not field.is_shown(value):
        return False
    return region["on"] == "field" or region["part"] in field.kind.parts(field, value.get(field.name), "en")


def region_title(schema: Schema, region: Region, locale: str, *, value: Mapping[str, Any]) -> str:
    """The place in the reader's words; of a part that the answer has no more, in the words it had."""
    if region["on"] == "answer":
        return _("The whole answer")
    if region["on"] == "text":
        return _("“%(quote)s”") % {"quote": region["quote"]}
    field = schema.by_name.get(region["field"])
    title = title_in(field.titles, locale, fallback=field.name) if field else region["field"]
    if region["on"] == "field":
        return title
    parts = field.kind.parts(field, value.get(field.name), locale) if field else {}
    return f"{title} {parts.get(region['part'], region['title'])}"


def places(schema: Schema, value: Mapping[str, Any], locale: str) -> list[tuple[Region, str]]:
    """What a reviewer can choose from; passages of the text come by selecting them."""
    found: list[Region] = [WHOLE]
    for field in schema.fields:
        if not field.is_shown(value):
            continue
        found.append({"on": "field", "field": field.name})
        parts = field.kind.parts(field, value.get(field.name), locale)
        found += [{"on": "part", "field": field.name, "part": part, "title": parts[part]} for part in parts]
    return [(region, region_title(schema, region, locale, value=value)) for region in found]


def _passage(schema: Schema, data: Mapping[str, Any], raw: Mapping[str, Any]) -> Region:
    """By its offsets, or by its words: then where they first occur."""
    source, words = raw.get("source"), raw.get("quote")
    is_shown = any(part.name == source and part.type == "text" for part in schema.data)
    text = data.get(source) if isinstance(source, str) and is_shown else None
    if not isinstance(text, str):
        raise _refused(_("This item has no such text."))
    start, end = raw.get("start"), raw.get("end")
    if "start" not in raw and isinstance(words, str):
        start = text.find(words) if words else -1
        end = start + len(words)
    if not (_is_offset(start) and _is_offset(end) and start < end <= len(text)):
        raise _refused(_("These words are not in the text."))
    quote = text[start:end]
    short = quote if len(quote) <= MOST_QUOTED else f"{quote[: MOST_QUOTED - 1]}…"
    return {"on": "text", "source": source, "start": start, "end": end, "quote": short}


def _is_offset(number: Any) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool) and number >= 0


def _refused(message: str) -> AnnotationError:
    return AnnotationError(message, code="no_region", field="region", status=422)
