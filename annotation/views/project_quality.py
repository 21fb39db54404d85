"""How good a project's answers are: for its client under pseudonyms, for quality admins with names."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from annotation import access
from annotation.kinds.contract import Field
from annotation.kinds.titles import title_in
from annotation.queries.confusion import FieldConfusion, Mixup, class_names, mixups_of
from annotation.queries.crowd import CrowdRow
from annotation.queries.project_quality import FieldQuality, interface_of, quality_of, without_probes
from annotation.views.http import PersonRequest
from annotation.views.project_frame import frame
from annotation.views.quality_charts import accuracy_plot, people_plot, sureness_plot
from lib.charts import Plot

# A larger table is not read; of more classes only what is taken for what is told.
MOST_CLASSES = 12
MOST_MIXUPS = 5


@dataclass(frozen=True)
class OptionRow:
    """One option of several that may be chosen: how often it was decided, and chosen."""

    name: str
    both: int
    only_decided: int
    only_answered: int

    @property
    def decided(self) -> int:
        return self.both + self.only_decided


@dataclass(frozen=True)
class FieldPage:
    title: str
    quality: FieldQuality
    plot: Plot | None
    names: list[str]
    matrix: list[list[int]]
    options: list[OptionRow]
    mixups: list[tuple[str, Mixup]]


@login_required
@require_safe
def project_quality(request: PersonRequest, pk: UUID) -> HttpResponse:
    project = access.project_for(request.user, pk)
    found = quality_of(project)
    if not access.may_see_gold(request.user, project):
        found = without_probes(found)
    names = _names(request.user, found.people)
    schema = interface_of(project)
    context: dict[str, Any] = frame(request.user, project, "quality") | {
        "found": found,
        "accuracy": accuracy_plot(found.probes) if found.probes.points else None,
        "people": people_plot(found.people, names),
        "fields": [_field_page(schema.by_name[each.name], each) for each in found.fields] if schema else [],
        "may_answer_appeals": access.can_review(request.user, project),
    }
    return render(request, "annotation/project_quality.html", context)


def mixup_words(field: Field, mixup: Mixup, names: list[str]) -> str:
    """One thing taken for another, as a sentence without figures."""
    if mixup.option is not None:
        told = _("“%(option)s” left out") if mixup.decided else _("“%(option)s” chosen where it does not belong")
        return told % {"option": names[mixup.option]}
    blank = _("nothing")
    return _("“%(decided)s” taken for “%(answered)s”") % {
        "decided": names[mixup.decided] or blank,
        "answered": names[mixup.answered] or blank,
    }


def names_of(field: Field) -> list[str]:
    return class_names(field, get_language() or "en")


def _names(reader: User, people: list[CrowdRow]) -> dict[int, str]:
    """Names for quality admins only."""
    if not reader.is_quality_admin:
        return {row.user_id: row.name for row in people}
    users = User.objects.in_bulk([row.user_id for row in people])
    return {row.user_id: users[row.user_id].display_name or row.name for row in people}


def _field_page(field: Field, quality: FieldQuality) -> FieldPage:
    names = names_of(field)
    title = title_in(quality.titles, get_language() or "en", fallback=quality.name)
    confusion = quality.confusion
    fits = not confusion.per_option and len(names) <= MOST_CLASSES and bool(confusion.answers)
    mixups = mixups_of(confusion)[:MOST_MIXUPS]
    return FieldPage(
        title=title,
        quality=quality,
        plot=sureness_plot(title, quality.sureness) if quality.sureness.bars else None,
        names=[name or _("(left blank)") for name in names],
        matrix=confusion.counts[0] if fits else [],
        options=_options(confusion, names) if confusion.per_option and confusion.answers else [],
        mixups=[(mixup_words(field, mixup, names), mixup) for mixup in mixups],
    )


def _options(confusion: FieldConfusion, names: list[str]) -> list[OptionRow]:
    """The options that somebody chose or that were decided."""
    rows = [
        OptionRow(name, both=yes[1], only_decided=yes[0], only_answered=no[1])
        for name, (no, yes) in zip(names, confusion.counts, strict=True)
    ]
    return [row for row in rows if row.both or row.only_decided or row.only_answered]
