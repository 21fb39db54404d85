"""Standings of an annotator, crowds and mixes of a project as the JSON kept in their rows: {field: [numbers]}."""

from collections.abc import Mapping

from annotation.agreement.crowd import Standing
from annotation.agreement.mix import Mix
from annotation.agreement.online import Crowd

Sums = dict[str, list[float]]


def standings_of(state: Mapping[str, list[float]]) -> dict[str, Standing]:
    return {field: Standing(*sums) for field, sums in state.items()}


def crowds_of(state: Mapping[str, list[float]]) -> dict[str, Crowd]:
    return {field: Crowd(*sums) for field, sums in state.items()}


def mixes_of(state: Mapping[str, list[float]]) -> dict[str, Mix]:
    return {field: Mix(*numbers) for field, numbers in state.items()}


def with_credits(state: Mapping[str, list[float]], credits: Mapping[str, Standing]) -> Sums:
    """The state with these added; begin with {} to write a refit's standings."""
    return _with(state, {field: (credit.correct, credit.evidence) for field, credit in credits.items()})


def with_crowds(state: Mapping[str, list[float]], crowds: Mapping[str, Crowd]) -> Sums:
    return _with(state, {field: (crowd.agreeing, crowd.pairs) for field, crowd in crowds.items()})


def _with(state: Mapping[str, list[float]], additions: Mapping[str, tuple[float, float]]) -> Sums:
    total = {field: list(sums) for field, sums in state.items()}
    for field, (first, second) in additions.items():
        before = total.get(field, [0.0, 0.0])
        total[field] = [before[0] + first, before[1] + second]
    return total
