"""An answer: the chosen option's value, or with `multiple` the list of them."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.kinds.choices.config import ChoicesConfig
from annotation.kinds.conditions import is_blank
from annotation.kinds.contract import Check
from annotation.kinds.messages import showable
from annotation.kinds.titles import title_in


def value_schema(config: ChoicesConfig) -> dict[str, Any]:
    one = {"enum": [option.value for option in config.options]}
    if not config.multiple:
        return one
    return {
        "type": "array",
        "items": one,
        "uniqueItems": True,
        "minItems": config.least,
        "maxItems": config.most,
    }


def compile_check(config: ChoicesConfig) -> Check:
    known = frozenset(config.index)
    if not config.multiple:
        return lambda value: [] if isinstance(value, str) and value in known else [_not_an_option(value)]

    def check(value: Any) -> list[str]:
        if not isinstance(value, list):
            return [_("Send a list of the chosen options.")]
        unknown = [one for one in value if not isinstance(one, str) or one not in known]
        if unknown:
            return [_not_an_option(one) for one in unknown[:10]]
        if len(set(value)) < len(value):
            return [_("Each option can be chosen only once.")]
        return _count_problem(len(value), config)

    return check


def _count_problem(chosen: int, config: ChoicesConfig) -> list[str]:
    if chosen < config.least:
        message = ngettext("Choose at least %(number)d option.", "Choose at least %(number)d options.", config.least)
        return [message % {"number": config.least}]
    if chosen > config.most:
        message = ngettext("Choose at most %(number)d option.", "Choose at most %(number)d options.", config.most)
        return [message % {"number": config.most}]
    return []


def _not_an_option(value: Any) -> str:
    return _("“%(value)s” is not one of the options.") % {"value": showable(value)}


def canonical(config: ChoicesConfig, value: Any) -> Any:
    """Several choices are written in the order of the options."""
    return sorted(value, key=config.index.__getitem__) if config.multiple else value


def words(config: ChoicesConfig, value: Any, locale: str) -> list[str]:
    """Titles of the chosen options; a value that is no option any more stands for itself."""
    titles = {option.value: title_in(option.titles, locale, fallback=option.value) for option in config.options}
    chosen = [] if is_blank(value) else value if isinstance(value, list) else [value]
    return [titles.get(each, str(each)) for each in chosen]


def parts(config: ChoicesConfig, value: Any, locale: str) -> dict[str, str]:
    """The chosen options by their values."""
    chosen = [] if is_blank(value) else value if isinstance(value, list) else [value]
    return dict(zip(map(str, chosen), words(config, value, locale), strict=True))
