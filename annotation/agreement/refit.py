"""The batch fit of a whole project: every field, every item, every annotator, from the answers alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from annotation.agreement.auto import deliberate
from annotation.agreement.crowd import Standing, vote_weight
from annotation.agreement.methods import METHODS
from annotation.agreement.mix import NEW_MIX, Mix
from annotation.agreement.online import Crowd, Tally, recredit
from annotation.agreement.resolve import (
    FieldResolution,
    ItemState,
    ResolvableField,
    ResolvableSchema,
    Result,
    resolve_tallies,
)
from annotation.agreement.spaces import Space, Vote
from annotation.agreement.votes import UNKNOWN, Fit, Floats, Votes

Item = int


@dataclass(frozen=True, slots=True)
class FieldFit:
    """How one field went: the fit (annotators in the order of `annotators`) and the votes it was made from.

    Of the default method also what its models say without the vote, and how the two are mixed.
    """

    annotators: list[str]
    votes: Votes
    fit: Fit
    models: Floats | None = None
    mix: Mix = NEW_MIX


@dataclass(frozen=True, slots=True)
class Refit:
    """Everything that replaces the online estimate. The online one goes on from here."""

    method: str
    schema: ResolvableSchema
    tallies: dict[Item, dict[str, Tally]]
    standings: dict[str, dict[str, Standing]]
    crowds: dict[str, Crowd]
    fields: dict[str, FieldFit]

    @property
    def mixes(self) -> dict[str, Mix]:
        return {name: field.mix for name, field in self.fields.items()}

    def items(self) -> Iterator[tuple[Item, ItemState, dict[str, FieldResolution]]]:
        """The new state and resolution of each item, made as they are asked for."""
        for item, tallies in self.tallies.items():
            state = {name: tally.as_json() for name, tally in tallies.items()}
            yield item, state, resolve_tallies(self.schema, tallies, method=self.method, mixes=self.mixes)


def refit(
    schema: ResolvableSchema,
    answers: Iterable[tuple[Item, str, Result]],
    *,
    gold: Mapping[Item, Result] | None = None,
    method: str = "one_coin",
) -> Refit:
    """`answers` are (item, annotator, result), one per annotator and item; order does not matter."""
    gold = gold or {}
    tallies = _collect(schema, answers, gold)
    standings: dict[str, dict[str, Standing]] = {}
    crowds: dict[str, Crowd] = {}
    fits: dict[str, FieldFit] = {}
    for field in schema.fields:
        asked = {item: fields[field.name] for item, fields in tallies.items() if field.name in fields}
        fitted = _fit_field(field.space, asked, method)
        if fitted is None:
            continue
        fits[field.name] = fitted
        crowds[field.name] = _crowd(fitted.votes)
        for annotator, standing in _reweigh(field, asked, fitted).items():
            standings.setdefault(annotator, {})[field.name] = standing
    return Refit(method, schema, tallies, standings, crowds, fits)


def _collect(
    schema: ResolvableSchema, answers: Iterable[tuple[Item, str, Result]], gold: Mapping[Item, Result]
) -> dict[Item, dict[str, Tally]]:
    tallies: dict[Item, dict[str, Tally]] = {}
    for item, annotator, result in answers:
        fields = tallies.setdefault(item, {})
        for field in schema.fields:
            if field.is_shown(result):
                vote = Vote(annotator, field.plain(result.get(field.name)), 0.0)
                fields.setdefault(field.name, Tally()).votes.append(vote)
    for item, result in gold.items():
        fields = tallies.setdefault(item, {})
        for field in schema.fields:
            if field.is_shown(result):
                fields.setdefault(field.name, Tally()).known = field.plain(result.get(field.name))
    return tallies


def _fit_field(space: Space, tallies: Mapping[Item, Tally], method: str) -> FieldFit | None:
    names: dict[str, int] = {}
    items: list[int] = []
    annotators: list[int] = []
    labels: list[int] = []
    known: list[int] = []
    for tally in tallies.values():
        voters = [names.setdefault(vote.annotator, len(names)) for vote in tally.votes]
        for truth, row in space.questions(tally.votes, tally.known):
            items.extend([len(known)] * len(row))
            known.append(truth)
            annotators.extend(voters)
            labels.extend(row)
    if not items:
        return None
    votes = Votes(
        items=np.array(items),
        annotators=np.array(annotators),
        labels=np.array(labels),
        n_items=len(known),
        n_annotators=len(names),
        n_classes=space.n_classes,
        known=np.array(known) if max(known) > UNKNOWN else None,
    )
    if method != "auto":
        return FieldFit(list(names), votes, METHODS[method](votes))
    committee = deliberate(votes)
    return FieldFit(list(names), votes, committee.fit, committee.models, committee.mix)


def _crowd(votes: Votes) -> Crowd:
    counts = votes.table()
    totals = counts.sum(axis=1)
    return Crowd(
        float((counts * (counts - 1)).sum()) / 2,
        float((totals * (totals - 1)).sum()) / 2,
    )


def _reweigh(field: ResolvableField, tallies: Mapping[Item, Tally], fitted: FieldFit) -> dict[str, Standing]:
    """Give every vote its fitted weight and credit, and every tally what the models add to these weights.

    A standing is the sum of the credits in the tallies, always.
    """
    space = field.space
    weights = {
        annotator: vote_weight(float(reliability), space.n_classes)
        for annotator, reliability in zip(fitted.annotators, fitted.fit.reliability, strict=True)
    }
    newcomer = vote_weight(fitted.fit.crowd_accuracy, space.n_classes)
    sums: dict[str, list[float]] = {}
    question = 0
    for tally in tallies.values():
        for vote in tally.votes:
            vote.weight = weights.get(vote.annotator, newcomer)
        recredit(space, tally)
        asked = sum(1 for _each in space.questions(tally.votes, tally.known))
        tally.offset = _offset(space, tally, fitted.models, slice(question, question + asked))
        question += asked
        for vote in tally.votes:
            total = sums.setdefault(vote.annotator, [0.0, 0.0])
            total[0] += vote.correct
            total[1] += vote.evidence
    return {annotator: Standing(*total) for annotator, total in sums.items()}


def _offset(space: Space, tally: Tally, models: Floats | None, questions: slice) -> list[float]:
    """What brings the one-coin estimate of these votes to what the models say of them."""
    if models is None or tally.known is not None or not tally.votes:
        return []
    return space.offset(tally.votes, space.posterior(tally.votes), models[questions].tolist())
