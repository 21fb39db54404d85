"""Exact things as plain values: amounts, relative times, intervals, the geometry of small charts. Pure: no Django."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from math import sqrt

NORMAL_95 = 1.959963984540054
UNITS = (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3_600), ("minute", 60))


def exact_decimal(minor: int, decimals: int) -> Decimal:
    """The minor units as a decimal number, without rounding, however many digits there are."""
    with localcontext() as context:
        context.prec = 100
        return Decimal(minor).scaleb(-decimals)


def decimal_places(minor: int, decimals: int, *, at_least: int = 2) -> int:
    """How many places show the amount exactly: no trailing zeros beyond the usual two."""
    places = decimals
    while places > min(at_least, decimals) and minor % 10 ** (decimals - places + 1) == 0:
        places -= 1
    return places


def wilson_interval(k: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a proportion: honest also for few observations and at 0 and 1."""
    if n == 0:
        return 0.0, 1.0
    share = k / n
    spread = 1 + NORMAL_95**2 / n
    centre = (share + NORMAL_95**2 / (2 * n)) / spread
    half = NORMAL_95 * sqrt(share * (1 - share) / n + NORMAL_95**2 / (4 * n**2)) / spread
    return max(0.0, centre - half), min(1.0, centre + half)


def coarse_distance(moment: datetime, now: datetime) -> tuple[str, int]:
    """The largest unit that fits and how many of it: negative is past. Under a minute is ("minute", 0)."""
    seconds = (moment - now).total_seconds()
    for unit, length in UNITS:
        count = int(abs(seconds) // length)
        if count:
            return unit, count if seconds > 0 else -count
    return "minute", 0


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    shown: str
    width: float
    tone: str


def bars(rows: Sequence[dict[str, object]]) -> list[Bar]:
    """Widths in percent of the longest; a row is {label, value, shown?, tone?}."""
    values = [float(str(row["value"])) for row in rows]
    longest = max(values, default=0.0) or 1.0
    return [
        Bar(
            label=str(row["label"]),
            value=value,
            shown=str(row.get("shown", row["value"])),
            width=round(100 * max(value, 0.0) / longest, 2),
            tone=str(row.get("tone", "")),
        )
        for row, value in zip(rows, values, strict=True)
    ]


def polyline(values: Sequence[float], *, width: int = 120, height: int = 32) -> str:
    """The points of a sparkline from the left; the lowest value stands on the ground."""
    if not values:
        return ""
    low, high = min(values), max(values)
    step = width / max(len(values) - 1, 1)
    scale = (height - 4) / ((high - low) or 1)
    return " ".join(f"{i * step:.1f},{height - 2 - (value - low) * scale:.1f}" for i, value in enumerate(values))
