"""Charts that the server draws, each with its table behind it. docs/contributing/pages.md shows them."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils import formats
from django.utils.translation import get_language_bidi

from lib.charts import Plot, placed, shade

register = template.Library()


@dataclass(frozen=True)
class Shaded:
    count: int
    level: int
    is_right: bool


@register.filter
def whole_percent(share: float) -> str:
    """0.847 as “85 %”."""
    return f"{formats.number_format(round(100 * share))} %"


@register.inclusion_tag("_chart_plot.html")
def plot_chart(plot: Plot) -> dict[str, Any]:
    turned = get_language_bidi()
    return {"plot": placed(plot, turned=turned), "turned": turned}


@register.inclusion_tag("_chart_matrix.html")
def matrix_chart(title: str, names: list[str], counts: list[list[int]], corner: str) -> dict[str, Any]:
    """Rows are what was decided, columns what was answered; a cell is shaded by its share of the row."""
    rows = [
        (name, _cells(number, row), row[number], sum(row))
        for number, (name, row) in enumerate(zip(names, counts, strict=True))
    ]
    return {"title": title, "names": names, "rows": rows, "corner": corner}


def _cells(same: int, row: list[int]) -> list[Shaded]:
    return [Shaded(count, shade(count, sum(row)), place == same) for place, count in enumerate(row)]
