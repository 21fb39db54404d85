"""The interface schema of a project: read, checked, and made ready for the hot path.

`parse_schema` is for what a client wrote and says everything that is wrong with it. `schema_for` is for a stored
version, and does the work once per process.
"""

import json
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from annotation.exceptions import AnnotationError
from annotation.kinds import KINDS
from annotation.kinds.conditions import Condition
from annotation.kinds.contract import DataPart, Field, Kind
from annotation.kinds.messages import friendly_errors
from lib.exceptions import FieldError, InvalidInput

FRAME_FILE = Path(__file__).with_name("schema.json")
MAX_BYTES = 1_000_000
# As JSON escapes it; a backslash that somebody wrote is doubled there.
NULL_CHARACTER = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class SchemaRefused(AnnotationError, InvalidInput):
    """The interface schema breaks a rule; `errors` say where and what to do."""

    code = "invalid_schema"


@dataclass(frozen=True, slots=True)
class Schema:
    """A valid schema. `raw` is its JSON with every default written out: store and serve that one."""

    raw: dict[str, Any]
    data: tuple[DataPart, ...]
    fields: tuple[Field, ...]
    by_name: Mapping[str, Field]

    @property
    def payload_fields(self) -> tuple[str, ...]:
        """The columns every item must have."""
        return tuple(part.name for part in self.data)


def parse_schema(raw: Any) -> Schema:
    errors = _unstorable(raw) or friendly_errors(_frame_validator(), raw) or _field_shape_errors(raw)
    if errors:
        raise SchemaRefused(_("The interface cannot be used as it is."), errors)
    complete = _with_defaults(raw)
    configs, errors = _parse_configs(complete)
    errors += _reference_errors(complete, configs)
    if errors:
        raise SchemaRefused(_("The interface cannot be used as it is."), errors)
    fields = tuple(_field(row, config) for row, config in zip(complete["fields"], configs, strict=True))
    return Schema(
        raw=complete,
        data=tuple(
            DataPart(name, part["type"], part["dir"], part.get("title", {})) for name, part in complete["data"].items()
        ),
        fields=fields,
        by_name={field.name: field for field in fields},
    )


def schema_for(version: Hashable, raw: Mapping[str, Any]) -> Schema:
    """The schema of a frozen version. `version` must name it for ever; `raw` is only read the first time."""
    return _cached(_Version(version, raw))


@dataclass(frozen=True, slots=True)
class _Version:
    key: Hashable
    raw: Mapping[str, Any] = field(compare=False, repr=False)


@lru_cache(maxsize=512)
def _cached(version: _Version) -> Schema:
    return parse_schema(version.raw)


@cache
def interface_schema() -> dict[str, Any]:
    """The whole JSON Schema with the properties of every kind, as served and shown in the docs."""
    whole: dict[str, Any] = json.loads(FRAME_FILE.read_text())
    whole["properties"]["fields"]["items"] = {"oneOf": [_kind_field_schema(kind) for kind in KINDS.values()]}
    return whole


def _kind_field_schema(kind: Kind) -> dict[str, Any]:
    """A field of this kind: what every field has, and what is the kind's own; nothing else."""
    common = json.loads(FRAME_FILE.read_text())["$defs"]["field"]
    own = kind.config_schema()
    return {
        "title": own.get("title", kind.name),
        "description": own.get("description", ""),
        "type": "object",
        "required": common["required"] + own.get("required", []),
        "additionalProperties": False,
        "properties": common["properties"] | {"tool": {"const": kind.name}} | own["properties"],
    }


@cache
def _frame_validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(FRAME_FILE.read_text()))


@cache
def _kind_validator(name: str) -> Draft202012Validator:
    shared = json.loads(FRAME_FILE.read_text())["$defs"]
    return Draft202012Validator(_kind_field_schema(KINDS[name]) | {"$defs": shared})


def _unstorable(raw: Any) -> list[FieldError]:
    """What no JSON Schema sees: too much of it, and characters that the database cannot hold."""
    try:
        size = len(json.dumps(raw, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError):
        return [FieldError("", _("Some of this is not valid JSON text: look for broken characters."))]
    if size > MAX_BYTES:
        limit = MAX_BYTES // 1000
        return [FieldError("", _("The schema is larger than %(limit)d kB: shorten it.") % {"limit": limit})]
    if NULL_CHARACTER.search(json.dumps(raw)):
        return [FieldError("", _("Remove the null characters."))]
    return []


def _field_shape_errors(raw: dict[str, Any]) -> list[FieldError]:
    errors: list[FieldError] = []
    for number, row in enumerate(raw["fields"]):
        path = f"fields[{number}]"
        if row["tool"] not in KINDS:
            known = ", ".join(f"“{name}”" for name in KINDS)
            message = _("There is no tool “%(tool)s”; use one of %(known)s.")
            errors.append(FieldError(f"{path}.tool", message % {"tool": row["tool"], "known": known}))
        else:
            errors += friendly_errors(_kind_validator(row["tool"]), row, path=path)
    return errors


def _with_defaults(raw: dict[str, Any]) -> dict[str, Any]:
    first = next(iter(raw["data"]))
    return {
        "schema": raw["schema"],
        "data": {name: {"dir": "auto"} | part for name, part in raw["data"].items()},
        "fields": [
            {"source": first, "required": True} | _kind_defaults(KINDS[row["tool"]]) | row for row in raw["fields"]
        ],
    }


@cache
def _default_values(name: str) -> dict[str, Any]:
    own = KINDS[name].config_schema()["properties"]
    return {key: rule["default"] for key, rule in own.items() if "default" in rule}


def _kind_defaults(kind: Kind) -> dict[str, Any]:
    return dict(_default_values(kind.name))


def _parse_configs(raw: dict[str, Any]) -> tuple[list[Any], list[FieldError]]:
    configs: list[Any] = []
    errors: list[FieldError] = []
    for number, row in enumerate(raw["fields"]):
        config, found = KINDS[row["tool"]].parse(row, f"fields[{number}]")
        configs.append(config)
        errors += found
    return configs, errors


def _reference_errors(raw: dict[str, Any], configs: list[Any]) -> list[FieldError]:
    """Names that are used twice, and names that lead nowhere."""
    errors: list[FieldError] = []
    earlier: dict[str, tuple[Kind, Any]] = {}
    for number, (row, config) in enumerate(zip(raw["fields"], configs, strict=True)):
        path = f"fields[{number}]"
        if row["name"] in earlier:
            message = _("Another field is called “%(name)s” already: choose another name.")
            errors.append(FieldError(f"{path}.name", message % {"name": row["name"]}))
        if row["source"] not in raw["data"]:
            known = ", ".join(f"“{name}”" for name in raw["data"])
            message = _("The data has no part “%(source)s”; use one of %(known)s.")
            errors.append(FieldError(f"{path}.source", message % {"source": row["source"], "known": known}))
        if "when" in row:
            errors += _condition_errors(row["when"], earlier, f"{path}.when")
        earlier.setdefault(row["name"], (KINDS[row["tool"]], config))
    return errors


def _condition_errors(when: Mapping[str, Any], earlier: Mapping[str, tuple[Kind, Any]], path: str) -> list[FieldError]:
    if when["field"] not in earlier:
        message = _("“%(name)s” is not an earlier field: a condition can only look back.")
        return [FieldError(f"{path}.field", message % {"name": when["field"]})]
    op, value = when["op"], when.get("value")
    problem = _operand_problem(op, value, "value" in when)
    if problem:
        return [FieldError(f"{path}.value", problem)]
    kind, config = earlier[when["field"]]
    if config is None:
        return []
    return [FieldError(f"{path}.value", message) for message in kind.condition_errors(config, op, value)]


def _operand_problem(op: str, value: Any, is_given: bool) -> str | None:
    if op == "answered":
        return _("“answered” takes no value: remove it.") if is_given else None
    if not is_given:
        return _("Say the value to compare with.")
    if op == "in" and not isinstance(value, list):
        return _("“in” takes a list of values.")
    if op in ("eq", "ne") and isinstance(value, list):
        return _("“%(op)s” takes one value; use “in” for several.") % {"op": op}
    if op == "count>=" and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        return _("“count>=” takes a whole number, 1 or more.")
    return None


def _field(row: Mapping[str, Any], config: Any) -> Field:
    kind = KINDS[row["tool"]]
    when = row.get("when")
    return Field(
        name=row["name"],
        tool=row["tool"],
        titles=row.get("title", {}),
        help=row.get("help", {}),
        source=row["source"],
        required=row["required"],
        when=Condition(when["field"], when["op"], when.get("value")) if when else None,
        config=config,
        kind=kind,
        space=kind.space(config, required=row["required"]),
        check=kind.compile(config),
    )
