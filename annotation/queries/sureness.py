"""Whether the stated confidence is true: a project's own probes, decided as if nobody knew their answers."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from annotation.agreement.calibration import Bin, calibration_error, reliability_diagram
from annotation.agreement.crowd import Standing
from annotation.agreement.methods import DEFAULT_METHOD
from annotation.agreement.resolve import resolve_item
from annotation.agreement.spaces import Vote
from annotation.agreement.stored import crowds_of, mixes_of, standings_of
from annotation.kinds.contract import Field
from annotation.kinds.schema import Schema
from annotation.models import AnnotatorProgress, Consensus, Project
from annotation.queries.probes import Probe

LEAST_DECIDED = 20
BARS = 10


@dataclass(frozen=True)
class Sureness:
    """Bars of what was said and what turned out; None of it before LEAST_DECIDED groups were decided."""

    bars: list[Bin]
    error: float | None
    decided: int


def sureness_of(project: Project, schema: Schema, probes: Sequence[Probe]) -> dict[str, Sureness]:
    """By field. Each group of as many answers as an item gets is decided by itself, from what is known of its people
    without their answers to that probe; right is what the probe's known answer says."""
    said: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    if len(probes) >= LEAST_DECIDED:
        known = _Known(project, schema, probes)
        for group in _groups(project, probes):
            for name, confidence, is_right in known.decide(group):
                said[name].append((confidence, is_right))
    return {field.name: _diagram(said[field.name]) for field in schema.fields}


class _Known:
    """What the last fit knows: of the people who met probes, and of the project's crowd."""

    def __init__(self, project: Project, schema: Schema, probes: Sequence[Probe]) -> None:
        rows = AnnotatorProgress.objects.filter(project=project, user__in={probe.user for probe in probes})
        self.schema = schema
        self.standings = {
            user: standings_of(saved) for user, saved in rows.order_by().values_list("user_id", "reliability")
        }
        consensus = Consensus.objects.filter(project=project).first()
        self.crowds = crowds_of(consensus.crowds if consensus else {})
        self.mixes = mixes_of(consensus.mixes if consensus else {})

    def decide(self, group: Sequence[Probe]) -> Iterator[tuple[str, float, bool]]:
        gold = group[0].gold
        resolution = resolve_item(
            self.schema,
            [(str(probe.user), probe.value) for probe in group],
            standings={str(probe.user): self._without(probe) for probe in group},
            crowds=self.crowds,
            method=DEFAULT_METHOD,
            mixes=self.mixes,
        )
        for field in self.schema.fields:
            decided = resolution.get(field.name)
            if decided is not None and decided.votes and field.is_shown(gold):
                yield field.name, decided.confidence, decided.value == gold.get(field.name)

    def _without(self, probe: Probe) -> dict[str, Standing]:
        known = self.standings.get(probe.user, {})
        fields = [field for field in self.schema.fields if field.name in known]
        return {field.name: _less(field, known[field.name], probe) for field in fields}


def _less(field: Field, standing: Standing, probe: Probe) -> Standing:
    if not (field.is_shown(probe.gold) and field.is_shown(probe.value)):
        return standing
    vote = Vote("", field.plain(probe.value.get(field.name)), 0.0)
    ((correct, evidence),) = field.space.credit_known([vote], field.plain(probe.gold.get(field.name)))
    return Standing(max(0.0, standing.correct - correct), max(0.0, standing.evidence - evidence))


def _groups(project: Project, probes: Sequence[Probe]) -> Iterator[list[Probe]]:
    """Answers to one probe, as many together as an item of the project gets: between the least and the most."""
    of_item: dict[int, list[Probe]] = defaultdict(list)
    for probe in probes:
        of_item[probe.item].append(probe)
    sizes = cycle(range(project.first_places, project.overlap + 1))
    for answers in of_item.values():
        start = 0
        while len(answers) - start >= (size := next(sizes)):
            yield answers[start : start + size]
            start += size


def _diagram(said: list[tuple[float, bool]]) -> Sureness:
    if len(said) < LEAST_DECIDED:
        return Sureness([], None, len(said))
    confidence, is_right = np.array(said, dtype=np.float64).T
    bars = reliability_diagram(confidence, is_right, bins=BARS)
    return Sureness(bars, calibration_error(bars), len(said))
