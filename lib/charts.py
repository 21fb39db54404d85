"""Charts as plain values: where every mark stands, in percent of the drawing, and the table behind it. No Django.

Right-to-left pages mirror the drawing: `turned`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

Cell = str | int | float


@dataclass(frozen=True)
class Dot:
    """A value with its interval, from 0 to 1 in both directions; `low` and `high` are of `y`."""

    x: float
    y: float
    low: float
    high: float
    says: str
    tone: str = ""
    radius: float = 4


@dataclass(frozen=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    tone: str = ""


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Plot:
    """A drawing with its words: `says` is the sentence for who does not see it, `rows` the table behind it."""

    title: str
    says: str
    dots: list[Dot]
    columns: list[str]
    rows: list[list[Cell]]
    x_title: str
    y_title: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    lines: list[Line] = field(default_factory=list)
    key: list[tuple[str, str]] = field(default_factory=list)


def placed(plot: Plot, *, turned: bool = False) -> Plot:
    """From 0 to 1 upwards into percent downwards, as a drawing counts; mirrored where the page is."""
    return replace(
        plot,
        dots=[
            replace(dot, x=_across(dot.x, turned), y=_down(dot.y), low=_down(dot.low), high=_down(dot.high))
            for dot in plot.dots
        ],
        lines=[
            Line(_across(line.x1, turned), _down(line.y1), _across(line.x2, turned), _down(line.y2), line.tone)
            for line in plot.lines
        ],
        x_ticks=[replace(tick, at=_across(tick.at, turned)) for tick in plot.x_ticks],
        y_ticks=[replace(tick, at=_down(tick.at)) for tick in plot.y_ticks],
    )


def joined(dots: Sequence[Dot], tone: str = "") -> list[Line]:
    return [Line(one.x, one.y, other.x, other.y, tone) for one, other in pairwise(dots)]


def shade(count: int, of: int) -> int:
    """How dark a cell is, from 0 (nothing) to 8 (all of them); what is there at all is never 0."""
    return 0 if not count or not of else max(1, round(8 * count / of))


def _across(share: float, turned: bool) -> float:
    at = round(100 * min(max(share, 0.0), 1.0), 2)
    return round(100 - at, 2) if turned else at


def _down(share: float) -> float:
    return round(100 - 100 * min(max(share, 0.0), 1.0), 2)
