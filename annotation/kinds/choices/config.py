"""What a choices field may say of itself."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.exceptions import FieldError


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    titles: Mapping[str, str]
    help: Mapping[str, str]
    key: str
    color: str


@dataclass(frozen=True, slots=True)
class ChoicesConfig:
    multiple: bool
    options: tuple[Option, ...]
    least: int
    most: int
    index: Mapping[str, int]  # position of each option by its value


@cache
def config_schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text())
    return schema


def parse(raw: Mapping[str, Any], path: str) -> tuple[ChoicesConfig, list[FieldError]]:
    options = tuple(
        Option(row["value"], row.get("title", {}), row.get("help", {}), row.get("key", ""), row.get("color", ""))
        for row in raw["options"]
    )
    errors = _repeated(options, path) + _limit_errors(raw, len(options), path)
    least = int(raw.get("min", 0)) if raw["multiple"] else 1
    most = int(raw.get("max", len(options))) if raw["multiple"] else 1
    index = {option.value: number for number, option in enumerate(options)}
    return ChoicesConfig(raw["multiple"], options, least, most, index), errors


def _repeated(options: tuple[Option, ...], path: str) -> list[FieldError]:
    of_value = _("Another option has the value “%(text)s” already: values must differ.")
    of_key = _("Another option has the shortcut “%(text)s” already: choose another key.")
    return [
        *_repeats(options, lambda option: option.value, f"{path}.options", "value", of_value),
        *_repeats(options, lambda option: option.key, f"{path}.options", "key", of_key),
    ]


def _repeats(
    options: tuple[Option, ...], read: Callable[[Option], str], path: str, name: str, message: str
) -> list[FieldError]:
    seen: set[str] = set()
    errors = []
    for number, option in enumerate(options):
        text = read(option)
        if text and text in seen:
            errors.append(FieldError(f"{path}[{number}].{name}", message % {"text": text}))
        seen.add(text)
    return errors


def _limit_errors(raw: Mapping[str, Any], options: int, path: str) -> list[FieldError]:
    if not raw["multiple"]:
        errors = [
            FieldError(f"{path}.{name}", _("Remove this, or set “multiple” to true."))
            for name in ("min", "max")
            if name in raw
        ]
        if options < 2:
            errors.append(FieldError(f"{path}.options", _("Give at least two options to choose from.")))
        return errors
    errors = []
    least, most = raw.get("min", 0), raw.get("max", options)
    if most > options:
        message = ngettext(
            "There is only %(options)d option: lower this.",
            "There are only %(options)d options: lower this.",
            options,
        )
        errors.append(FieldError(f"{path}.max", message % {"options": options}))
    if least > min(most, options):
        errors.append(FieldError(f"{path}.min", _("This must not exceed the largest number allowed.")))
    return errors


def condition_errors(config: ChoicesConfig, op: str, value: Any) -> list[str]:
    if op == "count>=":
        if value > config.most:
            return [_("At most %(most)d can be chosen there: this never holds.") % {"most": config.most}]
        return []
    if op == "answered":
        return []
    named = value if op == "in" else [value]
    return [
        _("“%(value)s” is not one of that field's options.") % {"value": one}
        for one in named
        if not isinstance(one, str) or one not in config.index
    ]
