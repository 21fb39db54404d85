"""JSON Schema's complaints, said so that a client knows where to look and what to do."""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from lib.exceptions import FieldError

PLAIN_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_-]*$")
MAX_ERRORS = 50
# Complaints about one text, the most telling first: of several about the same text one is enough.
ABOUT_WRITING = ("type", "pattern", "not", "minLength", "maxLength")


def friendly_errors(validator: Validator, value: Any, *, path: str = "") -> list[FieldError]:
    """Every complaint with its place; not more than a person would read, and only one about how a text is written."""
    found = sorted(islice(validator.iter_errors(value), 20 * MAX_ERRORS), key=_importance)
    errors: list[FieldError] = []
    written_wrong: set[str] = set()
    for error in found:
        place = join(path, error.absolute_path)
        if error.validator in ABOUT_WRITING:
            if place in written_wrong:
                continue
            written_wrong.add(place)
        errors.append(FieldError(place, _message(error)))
    return errors[:MAX_ERRORS]


def _importance(error: ValidationError) -> int:
    return ABOUT_WRITING.index(error.validator) if error.validator in ABOUT_WRITING else 0


def join(path: str, steps: Iterable[str | int]) -> str:
    """`fields[2].options[0].value`; odd names are quoted: `data["Review text"]`."""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif PLAIN_NAME.match(step):
            path += f".{step}" if path else step
        else:
            path += f'["{step}"]'
    return path


def _message(error: ValidationError) -> str:
    write = MESSAGES.get(str(error.validator))
    return write(error) if write else error.message


def _missing(error: ValidationError) -> str:
    names = [name for name in error.validator_value if name not in error.instance]
    return ngettext("Add the missing property %(names)s.", "Add the missing properties %(names)s.", len(names)) % {
        "names": _listed(names)
    }


def _unknown(error: ValidationError) -> str:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    known = list(schema.get("properties", {}))
    unknown = [name for name in error.instance if name not in known]
    return ngettext(
        "Remove %(names)s, which is not a known property; known are %(known)s.",
        "Remove %(names)s, which are not known properties; known are %(known)s.",
        len(unknown),
    ) % {"names": _listed(unknown), "known": _listed(known)}


TYPES: dict[str, Callable[[], str]] = {
    "object": lambda: _("an object in curly braces"),
    "array": lambda: _("a list in square brackets"),
    "string": lambda: _("a text in quotes"),
    "boolean": lambda: _("true or false"),
    "integer": lambda: _("a whole number"),
    "number": lambda: _("a number"),
}


def _wrong_type(error: ValidationError) -> str:
    wanted = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
    return _("This must be %(type)s.") % {"type": _(" or ").join(TYPES[name]() for name in wanted)}


PATTERNS: dict[str, Callable[[], str]] = {
    "^[A-Za-z]": lambda: _("Begin with a letter of the English alphabet."),
    "[^A-Za-z0-9_-]": lambda: _("Use only letters of the English alphabet, digits, _ and -."),
    "^#[0-9A-Fa-f]{6}$": lambda: _("Write the colour as # and six hexadecimal digits, such as #1f77b4."),
    "^[0-9a-z]$": lambda: _("Use one digit or one small letter as the shortcut."),
    "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$": lambda: _("Use a language tag such as en, fr or pt-BR."),
    "[^A-Za-z0-9-]": lambda: _("Use a language tag such as en, fr or pt-BR."),
    "#/$defs/controlCharacters": lambda: _("Remove line breaks, tabs and other control characters."),
}


def _wrong_pattern(error: ValidationError) -> str:
    pattern = error.validator_value
    if isinstance(pattern, Mapping):  # what `not` forbids
        pattern = pattern.get("$ref") or pattern.get("pattern")
    write = PATTERNS.get(str(pattern))
    return write() if write else error.message


def _too_short(error: ValidationError) -> str:
    return _("Write at least one character here.")


def _too_long(error: ValidationError) -> str:
    return _("Use at most %(limit)d characters; there are %(length)d.") % {
        "limit": error.validator_value,
        "length": len(error.instance),
    }


def _too_few(error: ValidationError) -> str:
    return _("Add at least one entry.")


def _too_many(error: ValidationError) -> str:
    return _("Keep at most %(limit)d entries; there are %(length)d.") % {
        "limit": error.validator_value,
        "length": len(error.instance),
    }


def _not_among(error: ValidationError) -> str:
    return _("Use one of %(values)s.") % {"values": _listed(error.validator_value)}


MESSAGES: dict[str, Callable[[ValidationError], str]] = {
    "required": _missing,
    "additionalProperties": _unknown,
    "type": _wrong_type,
    "pattern": _wrong_pattern,
    "not": _wrong_pattern,
    "minLength": _too_short,
    "maxLength": _too_long,
    "minItems": _too_few,
    "minProperties": _too_few,
    "maxItems": _too_many,
    "maxProperties": _too_many,
    "enum": _not_among,
    "const": lambda error: _("This must be %(value)s.") % {"value": _listed([error.validator_value])},
    "minimum": lambda error: _("Use %(limit)d or more.") % {"limit": error.validator_value},
    "maximum": lambda error: _("Use %(limit)d or less.") % {"limit": error.validator_value},
    "anyOf": lambda error: _("Use a text, a number, true or false, or a list of texts or numbers."),
}


def showable(value: Any) -> str:
    """What somebody sent, short and free of broken characters, so that a refusal can quote it."""
    return str(value)[:100].encode(errors="replace").decode()


def _listed(names: Iterable[Any]) -> str:
    several = [f"“{showable(name)}”" for name in islice(names, 21)]
    return ", ".join(several[:20] + ["…"] * (len(several) > 20))
