"""What annotators send: checked against the schema, and written in one canonical way."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from annotation.kinds.conditions import is_blank
from annotation.kinds.messages import showable
from annotation.kinds.schema import Schema
from lib.exceptions import FieldError

MAX_UNKNOWN = 20


def validate_result(schema: Schema, result: Any) -> list[FieldError]:
    """Every reason why this result cannot be accepted; empty when it can. null, "" and [] mean left blank."""
    if not isinstance(result, dict):
        return [FieldError("", _("The result must be an object with one entry per field."))]
    unknown = islice((name for name in result if name not in schema.by_name), MAX_UNKNOWN)
    errors = [
        FieldError(showable(name), _("There is no such field in this interface: leave it out.")) for name in unknown
    ]
    shown: dict[str, Any] = {}
    for field in schema.fields:
        value = result.get(field.name)
        blank = is_blank(value)
        if not field.is_shown(shown):
            if not blank:
                errors.append(FieldError(field.name, _("This is not asked after the answers before it: leave it out.")))
        elif blank:
            if field.required:
                errors.append(FieldError(field.name, _("Please answer this.")))
        else:
            errors.extend(FieldError(field.name, message) for message in field.check(value))
            shown[field.name] = value
    return errors


def canonical_result(schema: Schema, result: Mapping[str, Any]) -> dict[str, Any]:
    """A valid result with blanks left out and everything in schema order, so that equal answers are equal bytes."""
    canonical = {}
    for field in schema.fields:
        value = result.get(field.name)
        if not is_blank(value):
            canonical[field.name] = field.kind.canonical(field, value)
    return canonical


def result_schema(schema: Schema) -> dict[str, Any]:
    """JSON Schema of a result, for the API's documentation. Conditions are not in it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in schema.fields if field.required and field.when is None],
        "properties": {field.name: field.kind.value_schema(field.config) for field in schema.fields},
    }


def missing_data(schema: Schema, payload: Mapping[str, Any]) -> list[str]:
    """The columns this payload lacks or has empty."""
    return [name for name in schema.payload_fields if is_blank(payload.get(name))]
