"""The charts of quality pages: figures as drawings with their words, in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.agreement.intervals import Interval
from annotation.queries.crowd import CrowdRow
from annotation.queries.probes import ProbeFigures
from annotation.queries.sureness import Sureness
from lib.charts import Dot, Line, Plot, Tick, joined

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def accuracy_plot(figures: ProbeFigures) -> Plot:
    """How often probes were answered right, from the oldest of the last ones to the newest."""
    last = max(len(figures.points) - 1, 1)
    dots = [
        Dot(
            place / last if len(figures.points) > 1 else 0.5,
            point.interval.estimate,
            point.interval.low,
            point.interval.high,
            f"{_span(point.first, point.last)}: {_of(point.right, point.count)}",
            "loss" if point.after_step else "",
        )
        for place, point in enumerate(figures.points)
    ]
    shares = [point.interval.estimate for point in figures.points]
    return Plot(
        title=_("Right on hidden probes, over time"),
        says=_("Between %(low)s and %(high)s of the probes were answered right; at the end %(last)s.")
        % {"low": percent(min(shares)), "high": percent(max(shares)), "last": percent(shares[-1])},
        dots=dots,
        lines=joined(dots),
        columns=[_("Days"), _("Right"), _("Probes"), _("Share"), _("95 % interval")],
        rows=[
            [_span(point.first, point.last), point.right, point.count, *shares_of(point.interval)]
            for point in figures.points
        ],
        x_title=_("time"),
        y_title=_("share of probes answered right, with its 95 % interval"),
        x_ticks=[Tick(0, _day(figures.points[0].first)), Tick(1, _day(figures.points[-1].last))],
        y_ticks=share_ticks(),
        key=[("", _("before")), ("loss", _("since it fell"))] if any(dot.tone for dot in dots) else [],
    )


def sureness_plot(title: str, sureness: Sureness) -> Plot:
    """What was said against what turned out; on the line the two are the same."""
    most = max(bar.count for bar in sureness.bars)
    return Plot(
        title=title,
        says=_("What is said to be sure lies %(points)s from what turned out, on average.")
        % {"points": points(sureness.error or 0.0)},
        dots=[
            Dot(
                bar.said,
                bar.right.estimate,
                bar.right.low,
                bar.right.high,
                _("Said %(said)s, right %(right)s (%(count)s decided)")
                % {"said": percent(bar.said), "right": percent(bar.right.estimate), "count": bar.count},
                # An interval that holds what was said speaks for it.
                "" if bar.right.low <= bar.said <= bar.right.high else "loss",
                round(4 + 4 * (bar.count / most) ** 0.5, 1),
            )
            for bar in sureness.bars
        ],
        lines=[Line(0, 0, 1, 1, "quiet")],
        columns=[_("Said to be sure"), _("Right"), _("95 % interval"), _("Decided")],
        rows=[[percent(bar.said), *shares_of(bar.right), bar.count] for bar in sureness.bars],
        x_title=_("how sure the engine says it is"),
        y_title=_("how often it was right, with its 95 % interval"),
        x_ticks=share_ticks(),
        y_ticks=share_ticks(),
        key=[
            ("quiet", _("as it should be")),
            ("", _("true within chance")),
            ("loss", _("too sure, or not sure enough")),
        ],
    )


def people_plot(people: Sequence[CrowdRow], names: Mapping[int, str]) -> Plot | None:
    """Reliability against pace; None while nobody has both."""
    shown = [(row, row.reliability) for row in people if row.reliability is not None and row.median_seconds is not None]
    if not shown:
        return None
    slowest = max(row.median_seconds or 0.0 for row, _reliability in shown) or 1.0
    return Plot(
        title=_("Annotators by reliability and pace"),
        says=ngettext(
            "%(n)d annotator: reliability from %(low)s to %(high)s, at most %(slow)s seconds an answer.",
            "%(n)d annotators: reliability from %(low)s to %(high)s, at most %(slow)s seconds an answer.",
            len(shown),
        )
        % {
            "n": len(shown),
            "low": percent(min(each.estimate for _row, each in shown)),
            "high": percent(max(each.estimate for _row, each in shown)),
            "slow": formats.number_format(slowest, decimal_pos=1),
        },
        dots=[
            Dot((row.median_seconds or 0.0) / slowest, each.estimate, each.low, each.high, names[row.user_id])
            for row, each in shown
        ],
        columns=[_("Annotator"), _("Reliability"), _("95 % interval"), _("Median seconds"), _("Answers")],
        rows=[
            [
                names[row.user_id],
                *shares_of(each),
                formats.number_format(row.median_seconds or 0.0, decimal_pos=1),
                formats.number_format(row.answers, force_grouping=True),
            ]
            for row, each in sorted(shown, key=lambda pair: -pair[1].low)
        ],
        x_title=_("median seconds an answer"),
        y_title=_("reliability, with its 95 % interval"),
        x_ticks=[Tick(0, "0 s"), Tick(0.5, _seconds(slowest / 2)), Tick(1, _seconds(slowest))],
        y_ticks=share_ticks(),
    )


def share_ticks() -> list[Tick]:
    return [Tick(share, percent(share)) for share in SHARES]


def shares_of(interval: Interval) -> list[str | int | float]:
    return [percent(interval.estimate), f"{percent(interval.low)}–{percent(interval.high)}"]


def percent(share: float) -> str:
    return f"{formats.number_format(round(100 * share))} %"


def points(share: float) -> str:
    """A distance between two shares."""
    number = round(100 * share, 1)
    return ngettext("%(n)s percentage point", "%(n)s percentage points", round(number)) % {
        "n": formats.number_format(number, decimal_pos=1)
    }


def _of(right: int, count: int) -> str:
    return _("%(right)s of %(count)s right") % {"right": right, "count": count}


def _seconds(value: float) -> str:
    return f"{formats.number_format(value, decimal_pos=0 if value >= 10 else 1)} s"


def _span(first: datetime, last: datetime) -> str:
    return _day(first) if _day(first) == _day(last) else f"{_day(first)} – {_day(last)}"


def _day(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "j M Y")
