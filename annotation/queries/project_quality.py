"""Everything that a project's page of quality shows. Taken from samples and from kept counts, so that a project of a
million items costs what one of a thousand does; and kept for some minutes."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from annotation.kinds.schema import Schema, schema_for
from annotation.models import Project, Resolution
from annotation.queries.agreement import FieldAgreement, agreement_of
from annotation.queries.confusion import FieldConfusion, confusion_of
from annotation.queries.crowd import CrowdRow, annotators_of, crowd_rows
from annotation.queries.probes import ProbeFigures, probes_seen, recent_probes
from annotation.queries.probes import figures_of as probe_figures
from annotation.queries.sampled import SAMPLED_ITEMS, SampledAnswer, answers_of_items, sampled_items
from annotation.queries.sureness import Sureness, sureness_of

SECONDS = 300
# The busiest of them; the page of annotators has all.
MOST_PEOPLE = 50


@dataclass(frozen=True)
class FieldQuality:
    name: str
    titles: dict[str, str]
    agreement: FieldAgreement | None
    sureness: Sureness
    confusion: FieldConfusion


@dataclass(frozen=True)
class ProjectQuality:
    probes: ProbeFigures
    fields: list[FieldQuality]
    people: list[CrowdRow]
    items: int = 0  # of the sample that the confusions are taken from
    answers: int = 0
    counted_at: datetime = field(default_factory=timezone.now)
    with_probes: bool = True

    @property
    def is_sampled(self) -> bool:
        return self.items >= SAMPLED_ITEMS


def quality_of(project: Project) -> ProjectQuality:
    name = f"annotation:quality:{project.pk}"
    found: ProjectQuality | None = cache.get(name)
    if found is None:
        found = _measure(project)
        cache.set(name, found, SECONDS)
    return found


def without_probes(found: ProjectQuality) -> ProjectQuality:
    """For whoever probes are there to test: a figure that moves tells which item was one."""
    return replace(
        found,
        probes=probe_figures([], 0, 0),
        fields=[replace(each, sureness=Sureness([], None, 0)) for each in found.fields],
        people=[],
        with_probes=False,
    )


def interface_of(project: Project) -> Schema | None:
    version = project.schema_version
    return schema_for(version.pk, version.schema) if version else None


def _measure(project: Project) -> ProjectQuality:
    schema = interface_of(project)
    right, seen = probes_seen(project.pk)
    probes = recent_probes(project.pk) if seen else []
    people = crowd_rows(project, list(annotators_of(project)[:MOST_PEOPLE]))
    if schema is None:
        return ProjectQuality(probe_figures(probes, right, seen), [], people)
    items = sampled_items(project.pk)
    answers = answers_of_items(items)
    sureness = sureness_of(project, schema, probes)
    agreement = {row.name: row for row in agreement_of(project)}
    confusions = confusion_of(schema, _against_decided(items, answers))
    return ProjectQuality(
        probes=probe_figures(probes, right, seen),
        fields=[
            FieldQuality(each.name, dict(each.titles), agreement.get(each.name), sureness[each.name], confusion)
            for each, confusion in zip(schema.fields, confusions, strict=True)
        ],
        people=people,
        items=len(items),
        answers=len(answers),
    )


def _against_decided(items: list[int], answers: list[SampledAnswer]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    decided = dict(Resolution.objects.filter(item__in=items, answers__gte=2).values_list("item_id", "value"))
    return ((decided[item], value) for item, _user, value in answers if item in decided)
