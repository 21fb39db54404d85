"""The estimate that follows every answer at once, until the batch fit replaces it.

All state is plain JSON: a tally per item and field, a standing per annotator and field, a crowd per project and
field. The work per answer depends on the answers of *this item* only, never on the size of the project. Standings
and crowds change by additions alone, so that a caller may sum them up and write them in batches, in any order.
"""

from dataclasses import dataclass, field
from typing import Any

from annotation.agreement.crowd import Standing, accuracy_from_agreement, vote_weight
from annotation.agreement.mix import NEW_MIX, Mix
from annotation.agreement.spaces import Plain, Space, Vote


@dataclass(frozen=True, slots=True)
class Crowd:
    """How often two answers to one item agree in this project, for one field."""

    agreeing: float = 0.0
    pairs: float = 0.0

    def accuracy(self, n_classes: int) -> float:
        return accuracy_from_agreement(self.agreeing, self.pairs, n_classes)


@dataclass(slots=True)
class Tally:
    """The answers to one field of one item. `known` is the gold label; None when there is none.

    `offset` is what the last batch fit of the models adds to the one-coin estimate of these votes; empty before a fit.
    """

    votes: list[Vote] = field(default_factory=list)
    known: Plain = None
    offset: list[float] = field(default_factory=list)

    @classmethod
    def from_json(cls, state: dict[str, Any] | None) -> "Tally":
        state = state or {}
        return cls([Vote(*row) for row in state.get("v", ())], state.get("g"), list(state.get("o", ())))

    def as_json(self) -> dict[str, Any]:
        state: dict[str, Any] = {"v": [vote.as_json() for vote in self.votes]}
        if self.known is not None:
            state["g"] = self.known
        if self.offset:
            state["o"] = self.offset
        return state


@dataclass(frozen=True, slots=True)
class Change:
    """What one answer adds to others' rows: credits per annotator, compared pairs for the crowd."""

    credits: dict[str, Standing]
    crowd: Crowd


def cast(space: Space, tally: Tally, annotator: str, plain: Plain, *, standing: Standing, crowd: Crowd) -> Change:
    """Count an answer. A second one by the same annotator takes the place of the first."""
    before = _credits(tally)
    agreeing, pairs = _remove(space, tally, annotator)
    crowd_accuracy = crowd.accuracy(space.n_classes)
    weight = vote_weight(standing.accuracy(crowd_accuracy), space.n_classes)
    more_agreeing, more_pairs = space.agreeing_pairs(tally.votes, plain)
    tally.votes.append(Vote(annotator, plain, weight))
    recredit(space, tally)
    return Change(_differences(before, tally), Crowd(more_agreeing - agreeing, more_pairs - pairs))


def withdraw(space: Space, tally: Tally, annotator: str) -> Change:
    """Take an answer back, with all that it taught. Nothing happens when there is none."""
    before = _credits(tally)
    agreeing, pairs = _remove(space, tally, annotator)
    recredit(space, tally)
    return Change(_differences(before, tally), Crowd(-agreeing, -pairs))


def posterior(space: Space, tally: Tally, *, method: str, mix: Mix = NEW_MIX) -> list[float]:
    if tally.known is not None:
        return space.certain(tally.known)
    if method == "majority":
        return space.shares(tally.votes)
    if method != "auto":
        return space.posterior(tally.votes)
    models = space.moved(space.posterior(tally.votes), tally.offset, 1.0)
    mixed = [
        mix.vote * share + (1 - mix.vote) * chance
        for share, chance in zip(space.shares(tally.votes), models, strict=True)
    ]
    return mixed if mix.temperature == 1 else space.moved(mixed, (), mix.temperature)


def models_posterior(space: Space, tally: Tally, *, mix: Mix = NEW_MIX) -> list[float]:
    """What the models say without the vote: how sure to be while answers are still being bought."""
    if tally.known is not None:
        return space.certain(tally.known)
    return space.moved(space.posterior(tally.votes), tally.offset, mix.models_temperature)


def recredit(space: Space, tally: Tally) -> None:
    """Give each vote what the others, or the gold label, now say of it."""
    known = tally.known
    credits = space.credit(tally.votes) if known is None else space.credit_known(tally.votes, known)
    for vote, (correct, evidence) in zip(tally.votes, credits, strict=True):
        vote.correct, vote.evidence = correct, evidence


def _remove(space: Space, tally: Tally, annotator: str) -> tuple[float, float]:
    """Drop this annotator's vote; returns the pairs it had been compared in."""
    mine = next((vote for vote in tally.votes if vote.annotator == annotator), None)
    if mine is None:
        return 0.0, 0.0
    tally.votes.remove(mine)
    if not tally.votes:
        tally.offset = []
    return space.agreeing_pairs(tally.votes, mine.plain)


def _credits(tally: Tally) -> dict[str, tuple[float, float]]:
    return {vote.annotator: (vote.correct, vote.evidence) for vote in tally.votes}


def _differences(before: dict[str, tuple[float, float]], tally: Tally) -> dict[str, Standing]:
    after = _credits(tally)
    changes = {}
    for annotator in before.keys() | after.keys():
        old_correct, old_evidence = before.get(annotator, (0.0, 0.0))
        correct, evidence = after.get(annotator, (0.0, 0.0))
        if (correct, evidence) != (old_correct, old_evidence):
            changes[annotator] = Standing(correct - old_correct, evidence - old_evidence)
    return changes
