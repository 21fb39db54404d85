"""An annotator's own figures: how often right, beside the project, and what to look at."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from annotation.kinds.schema import Schema
from annotation.queries import own_figures as queries
from annotation.queries.confusion import Mixup, mixups_of
from annotation.queries.own_figures import OwnFigures, Share
from annotation.queries.project_quality import interface_of
from annotation.views.http import PersonRequest
from annotation.views.project_quality import mixup_words, names_of
from annotation.views.quality_charts import percent, share_ticks, shares_of
from lib.charts import Dot, Plot, Tick

A_PAGE = 25
MOST_MIXUPS = 5


@dataclass(frozen=True)
class Advice:
    question: str
    words: str
    mixup: Mixup


@login_required
@require_safe
def my_figures(request: PersonRequest) -> HttpResponse:
    """Where I have worked, and what was accepted of it."""
    found = Paginator(queries.projects_with_figures(request.user), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "annotation/my_figures.html", {"found": found})


@login_required
@require_safe
def my_project_figures(request: PersonRequest, pk: UUID) -> HttpResponse:
    rows = queries.projects_with_figures(request.user).select_related("project__team", "project__schema_version")
    progress = get_object_or_404(rows, project=pk)
    schema = interface_of(progress.project)
    figures = queries.own_figures(progress, schema)
    context = {
        "project": progress.project,
        "figures": figures,
        "plot": _plot(figures),
        "advice": _advice(schema, figures) if schema else [],
        "told_in": queries.PROBES_TOLD_IN,
    }
    return render(request, "annotation/my_project_figures.html", context)


def _advice(schema: Schema, figures: OwnFigures) -> list[Advice]:
    found = []
    for confusion in figures.confusions:
        field = schema.by_name[confusion.name]
        names = names_of(field)
        found += [
            Advice(field.name, mixup_words(field, mixup, names), mixup) for mixup in mixups_of(confusion)[:MOST_MIXUPS]
        ]
    return sorted(found, key=lambda advice: -advice.mixup.count)[:MOST_MIXUPS]


def _plot(figures: OwnFigures) -> Plot | None:
    """Me beside everybody; None while there is nothing of mine."""
    rows = [
        (_("You, on probes"), figures.probes, "now"),
        (_("Everybody, on probes"), figures.project_probes, ""),
        (_("You, against what was decided"), figures.compared, "now"),
    ]
    shown = [(label, share, tone) for label, share, tone in rows if share.count]
    if not (figures.probes.count or figures.compared.count):
        return None
    return Plot(
        title=_("How often right"),
        says="; ".join(f"{label}: {_words(share)}" for label, share, _tone in shown),
        dots=[
            Dot(_place(number, len(shown)), *_bounds(share), f"{label}: {_words(share)}", tone, 6)
            for number, (label, share, tone) in enumerate(shown)
        ],
        columns=[_("Whose"), _("Right"), _("95 % interval"), _("Answers")],
        rows=[[label, *shares_of(share.interval), share.count] for label, share, _tone in shown],
        x_title=_("whose answers"),
        y_title=_("share that was right, with its 95 % interval"),
        x_ticks=[Tick(_place(number, len(shown)), str(number + 1)) for number in range(len(shown))],
        y_ticks=share_ticks(),
        key=[(tone, f"{number}. {label}") for number, (label, _share, tone) in enumerate(shown, start=1)],
    )


def _place(number: int, count: int) -> float:
    return (number + 0.5) / count


def _bounds(share: Share) -> tuple[float, float, float]:
    return share.interval.estimate, share.interval.low, share.interval.high


def _words(share: Share) -> str:
    return _("%(share)s (%(right)s of %(count)s)") % {
        "share": percent(share.interval.estimate), "right": share.right, "count": share.count,
    }  # fmt: skip
