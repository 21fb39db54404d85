"""A schema as a labelling config for Label Studio, and results as its result rows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from annotation.kinds.schema import Schema

DATA_TAGS = {"text": "Text", "image": "Image"}


@dataclass(frozen=True, slots=True)
class LabelStudioConfig:
    xml: str
    losses: list[str]


def label_studio_config(schema: Schema, *, locale: str = "en") -> LabelStudioConfig:
    """The whole config. `losses` are sentences on what Label Studio cannot hold."""
    names = object_names(schema)
    lines = [
        f"  <{DATA_TAGS[part.type]} name={quoteattr(names[part.name])} value={quoteattr('$' + part.name)}/>"
        for part in schema.data
    ]
    losses: list[str] = []
    for field in schema.fields:
        tag = field.kind.label_studio_config(field, to_name=names[field.source], locale=locale)
        lines += [f"  {line}" for line in tag.xml.splitlines()]
        losses += tag.losses
    return LabelStudioConfig("<View>\n" + "\n".join(lines) + "\n</View>\n", losses)


def label_studio_results(schema: Schema, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The `result` list of one annotation."""
    names = object_names(schema)
    rows: list[dict[str, Any]] = []
    for field in schema.fields:
        if field.name in result:
            rows += field.kind.label_studio_results(field, result[field.name], to_name=names[field.source])
    return rows


def object_names(schema: Schema) -> dict[str, str]:
    """A tag name for each part of the data. Columns may hold anything; tag names may not, nor be a field's."""
    taken = {field.name for field in schema.fields}
    names: dict[str, str] = {}
    for part in schema.data:
        plain = re.sub(r"\W", "_", part.name, flags=re.ASCII) or "data"
        name, number = plain, 2
        while name in taken:
            name, number = f"{plain}_{number}", number + 1
        taken.add(name)
        names[part.name] = name
    return names
