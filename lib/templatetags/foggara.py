"""Tags of the house: icon, amount, when, percent, badge, charts. docs/contributing/pages.md shows each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, ngettext
from django.utils.translation import gettext as _

from lib import figures
from lib.templatetags._states import STATES

register = template.Library()
TURNING_ICONS = {"arrow-left", "arrow-right", "arrow-up-right", "chevron-left", "chevron-right", "undo-2", "redo-2",
                 "skip-forward", "log-in", "log-out", "send", "external-link"}  # fmt: skip
# Digits beyond these places stay exact but step back.
PLAIN_PLACES = 6


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon from the sprite. It is decoration: the word stands beside it."""
    turns = " icon--turns" if name in TURNING_ICONS else ""
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        turns, static("icons/sprite.svg"), name,
    )  # fmt: skip


def _read(thing: Any, name: str) -> Any:
    return thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)


def _minor_and_token(value: Any, token: Any) -> tuple[int, Any]:
    if isinstance(value, int):
        return value, token
    for name in ("token", "asset"):
        found = _read(value, name)
        if token is None and _read(found, "decimals") is not None:
            token = found
    return int(_read(value, "minor")), token


@register.simple_tag
def amount(value: Any, token: Any = None) -> SafeString:
    """Exact value with its token. `value`: .minor with .token or .asset, the API's dict, or minor units and a token."""
    if value is None or value == "":
        return format_html('<span class="faint">{}</span>', "–")
    minor, token = _minor_and_token(value, token)
    if token is None:
        raise template.TemplateSyntaxError("amount needs a token with decimals and symbol")
    decimals = int(_read(token, "decimals"))
    number = figures.exact_decimal(minor, decimals)
    places = figures.decimal_places(minor, decimals)
    shown = formats.number_format(number, decimal_pos=places, use_l10n=True, force_grouping=True)
    tail = max(0, places - PLAIN_PLACES)
    head, rest = (shown[:-tail], shown[-tail:]) if tail else (shown, "")
    return format_html(
        '<data class="amount{}" value="{}"><bdi>{}{}</bdi> <span class="amount__symbol">{}</span></data>',
        " amount--loss" if minor < 0 else "", f"{number:f}", head.replace("-", "\u2212"),
        format_html('<span class="amount__tail">{}</span>', rest) if rest else "", _read(token, "symbol"),
    )  # fmt: skip


def _relative(unit: str, count: int) -> str:
    n = abs(count)
    if n == 0:
        return _("just now")
    words = {
        "minute": ngettext("%(n)d minute", "%(n)d minutes", n),
        "hour": ngettext("%(n)d hour", "%(n)d hours", n),
        "day": ngettext("%(n)d day", "%(n)d days", n),
        "month": ngettext("%(n)d month", "%(n)d months", n),
        "year": ngettext("%(n)d year", "%(n)d years", n),
    }
    span = words[unit] % {"n": n}
    return _("in %(span)s") % {"span": span} if count > 0 else _("%(span)s ago") % {"span": span}


@register.simple_tag
def when(moment: datetime | None, focus: bool = True) -> SafeString:
    """Relative time; the exact one on hover and focus. `focus=False` where a row already has many stops."""
    if moment is None:
        return format_html('<span class="faint">{}</span>', "–")
    local = timezone.localtime(moment)
    exact = f"{formats.date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"
    return format_html(
        '<time class="when" datetime="{}"{} data-when><span class="when__relative">{}</span>'
        ' <span class="when__exact">{}</span></time>',
        local.isoformat(timespec="seconds"), SafeString(' tabindex="0"') if focus else "",
        _relative(*figures.coarse_distance(moment, timezone.now())), exact,
    )  # fmt: skip


@register.simple_tag
def percent(k: int, n: int) -> SafeString:
    """k of n in percent with its 95 % Wilson interval and its count."""
    if not n:
        return format_html('<span class="percent faint">{}</span>', _("none yet (0 of 0)"))
    low, high = figures.wilson_interval(k, n)
    places = 0 if n < 1000 else 1
    # number_format cuts, it does not round.
    share = formats.number_format(round(100 * k / n, places), decimal_pos=places)
    interval = _("%(low)d–%(high)d %%, %(k)s of %(n)s") % {
        "low": round(100 * low), "high": round(100 * high),
        "k": formats.number_format(k, decimal_pos=0, force_grouping=True),
        "n": formats.number_format(n, decimal_pos=0, force_grouping=True),
    }  # fmt: skip
    return format_html(
        '<span class="percent"><data value="{}">{} %</data> '
        '<span class="percent__interval" title="{}">({})</span></span>',
        f"{k / n:.6f}", share, _("95-percent interval, and the count behind it"), interval,
    )  # fmt: skip


@register.filter
def basis_points(points: int) -> str:
    """500 as “5 %”, 25 as “0.25 %”."""
    whole, rest = divmod(points, 100)
    places = 0 if not rest else 1 if not rest % 10 else 2
    return f"{formats.number_format(whole + rest / 100, decimal_pos=places)} %"


@register.filter
def percent_of_share(share: float) -> str:
    """0.95 as a person reads it."""
    return basis_points(round(10_000 * share))


@register.simple_tag
def badge(state: Any, label: str = "") -> SafeString:
    """A state as a word with tone and icon. Unknown states are quiet; `label` overrides the word."""
    key = str(getattr(state, "value", state))
    tone, name, word = STATES.get(key, ("quiet", "circle", key.replace("_", " ")))
    return format_html(
        '<span class="badge" data-tone="{}">{}{}</span>', tone, icon(name), label or getattr(state, "label", "") or word
    )


@register.inclusion_tag("_chart_bar.html")
def bar_chart(title: str, rows: Sequence[dict[str, object]], unit: str = "") -> dict[str, Any]:
    """A table whose middle column is drawn. A row is {label, value, shown?, tone?}."""
    return {"title": title, "bars": figures.bars(rows), "unit": unit or _("Count")}


@register.inclusion_tag("_chart_line.html")
def sparkline(title: str, values: Sequence[float], labels: Sequence[str] = ()) -> dict[str, Any]:
    """A small line with its table behind it, folded."""
    points = list(values)
    names = list(labels) or [str(i + 1) for i in range(len(points))]
    turned = get_language_bidi()
    return {
        "title": title,
        "points": figures.polyline(points[::-1] if turned else points),
        "rows": list(zip(names, points, strict=True)),
    }
