"""Choices in other people's formats."""

import json
from typing import Any
from xml.sax.saxutils import quoteattr

from django.utils.translation import gettext as _

from annotation.kinds.choices.config import ChoicesConfig, Option
from annotation.kinds.conditions import Condition, is_blank
from annotation.kinds.contract import Field, LabelStudioTag
from annotation.kinds.titles import title_in


def csv_cells(config: ChoicesConfig, value: Any) -> list[str]:
    """One cell. Several choices are a JSON list: any separator may occur in a value."""
    if is_blank(value):
        return [""]
    return [json.dumps(value, ensure_ascii=False)] if config.multiple else [value]


def label_studio_results(field: Field, value: Any, *, to_name: str) -> list[dict[str, Any]]:
    if is_blank(value):
        return []
    choices = value if isinstance(value, list) else [value]
    return [{"from_name": field.name, "to_name": to_name, "type": "choices", "value": {"choices": choices}}]


def label_studio_config(field: Field, *, to_name: str, locale: str) -> LabelStudioTag:
    """The value is the alias, since that is what Label Studio stores; the title is what it shows."""
    config: ChoicesConfig = field.config
    attributes = {
        "name": field.name,
        "toName": to_name,
        "choice": "multiple" if config.multiple else "single",
        "required": "true" if field.required else "false",
    }
    losses = _limit_losses(field) + _help_losses(field)
    if field.when:
        visible = _visible_when(field.when)
        attributes |= visible
        if not visible:
            losses.append(
                _("Field “%(name)s”: its condition is left out, it will always be shown.") % {"name": field.name}
            )
    lines = [f"  {_choice(option, locale)}" for option in config.options]
    header = title_in(field.titles, locale, fallback=field.name)
    return LabelStudioTag(
        "\n".join(
            [f"<Header value={quoteattr(header)}/>", f"<Choices {_attributes(attributes)}>", *lines, "</Choices>"]
        ),
        losses,
    )


def _limit_losses(field: Field) -> list[str]:
    config: ChoicesConfig = field.config
    if not config.multiple or (config.least <= 1 and config.most == len(config.options)):
        return []
    return [_("Field “%(name)s”: the numbers of choices allowed are left out.") % {"name": field.name}]


def _help_losses(field: Field) -> list[str]:
    """A hint has no language of its own: there is room for one."""
    config: ChoicesConfig = field.config
    if all(len(option.help) <= 1 for option in config.options):
        return []
    return [_("Field “%(name)s”: the help of its options is carried in one language only.") % {"name": field.name}]


def _visible_when(when: Condition) -> dict[str, str]:
    """Only what Label Studio can say; its list of values has commas between them, so no value may hold one."""
    if when.op == "answered":
        return {"visibleWhen": "choice-selected", "whenTagName": when.field}
    values = when.value if isinstance(when.value, list) else [when.value]
    if when.op not in ("eq", "in") or any("," in str(value) for value in values):
        return {}
    return {
        "visibleWhen": "choice-selected",
        "whenTagName": when.field,
        "whenChoiceValue": ",".join(str(value) for value in values),
    }


def _choice(option: Option, locale: str) -> str:
    title = title_in(option.titles, locale, fallback=option.value)
    attributes = {
        "value": title,
        "alias": option.value,
        "hint": title_in(option.help, locale),
        "hotkey": option.key,
        "background": option.color,
    }
    return f"<Choice {_attributes({name: text for name, text in attributes.items() if text})}/>"


def _attributes(attributes: dict[str, str]) -> str:
    return " ".join(f"{name}={quoteattr(text)}" for name, text in attributes.items())
