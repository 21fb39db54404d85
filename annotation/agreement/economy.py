"""Adaptive collection: labels are bought where they tell most, until every item is sure enough.

`Collection` sees only what was bought. Two traps are avoided (docs/algorithms/consensus.md): the fit weighs every vote
by its giver's *other* answers, so that a crowd with one answer each is not "in agreement" and done; and an item is
as sure as the mean of three models says, because each of them alone is surer than it ought to be.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.agreement.auto import MODELS_ONLY, committee
from annotation.agreement.hierarchy import matrices
from annotation.agreement.policy import LEAST, best_per_item, informations
from annotation.agreement.votes import Floats, Ints, Votes

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Policy:
    """`at_hand` annotators could take an item at any moment, and the best of them is asked; `newcomers` is the share
    of the items where chance chooses among them instead."""

    target: float = 0.95
    minimum: int = 2
    maximum: int | None = None
    at_hand: int = 3
    newcomers: float = 0.1
    # The batch fit comes again when the labels have grown by this much; between fits every answer moves its item only.
    growth: float = 1.1
    # So many labels per item are bought before the choice is made anew.
    portion: float = 0.05


class Collection:
    """A recorded crowd of which only the bought votes may be looked at."""

    def __init__(self, recorded: Votes) -> None:
        self.recorded = recorded
        self.is_bought = np.zeros(len(recorded), dtype=bool)
        self.order: list[Ints] = []
        self.answers = np.zeros(recorded.n_items, dtype=np.int64)
        self.available = recorded.votes_per_item()
        self.belief: Floats = np.full((recorded.n_items, recorded.n_classes), 1 / recorded.n_classes)
        self.rows: Floats | None = None
        self.fitted_at = 0

    @property
    def bought(self) -> Ints:
        return np.concatenate(self.order) if self.order else np.zeros(0, dtype=np.int64)

    def votes(self, first: int | None = None) -> Votes:
        """What was bought, or the first so many of it."""
        rows = np.sort(self.bought[:first])
        votes = self.recorded
        return Votes(
            votes.items[rows],
            votes.annotators[rows],
            votes.labels[rows],
            votes.n_items,
            votes.n_annotators,
            votes.n_classes,
            votes.known,
        )

    def open_items(self, policy: Policy) -> Bools:
        is_unsure = (self.answers < policy.minimum) | (self.belief.max(axis=1) < policy.target)
        is_open = (self.available > 0) & is_unsure
        if policy.maximum is not None:
            is_open &= self.answers < policy.maximum
        return is_open

    def buy(self, rows: Ints) -> None:
        items = self.recorded.items[rows]
        self.is_bought[rows] = True
        self.order.append(rows)
        np.add.at(self.answers, items, 1)
        np.subtract.at(self.available, items, 1)
        if self.rows is None:
            return
        told = self.rows[self.recorded.annotators[rows], self.recorded.labels[rows]]
        grown = self.belief[items] * np.maximum(told, LEAST)
        self.belief[items] = grown / grown.sum(axis=1, keepdims=True)

    def refit(self) -> None:
        votes = self.votes()
        self.belief = committee(votes, MODELS_ONLY)
        self.rows = matrices(votes, self.belief).rows
        self.fitted_at = len(votes)


def collect(collection: Collection, policy: Policy, *, seed: int = 0) -> None:
    """Buy until no item is open."""
    rng = np.random.default_rng(seed)
    portion = max(1, int(policy.portion * collection.recorded.n_items))
    spent = 0
    while (is_open := collection.open_items(policy)).any():
        chosen, worth = _offers(collection, policy, is_open, rng)
        collection.buy(chosen[np.argsort(-worth, kind="stable")[:portion]])
        spent += min(portion, len(chosen))
        if spent >= max(collection.fitted_at * policy.growth, collection.recorded.n_items):
            collection.refit()


def _offers(collection: Collection, policy: Policy, is_open: Bools, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """For each open item the one answer that could be bought of it now, and what it is worth."""
    recorded = collection.recorded
    candidates, drawn = _at_hand(collection, policy, is_open, rng)
    items = recorded.items[candidates]
    worth = np.zeros(len(candidates))
    if collection.rows is not None:
        worth = informations(collection.belief[items], collection.rows[recorded.annotators[candidates]])
    best = best_per_item(items, worth, drawn=drawn, newcomers=policy.newcomers)
    chosen = candidates[best]
    # First everything gets its minimum, in rounds; then most information first. Chance breaks ties.
    missing = np.maximum(policy.minimum - collection.answers[recorded.items[chosen]], 0)
    return chosen, np.where(missing > 0, 10.0 + missing + drawn[best], worth[best])


def _at_hand(collection: Collection, policy: Policy, is_open: Bools, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Up to `at_hand` unbought votes of each open item, drawn at random, with the random number of each."""
    items = collection.recorded.items
    candidates = np.flatnonzero(~collection.is_bought & is_open[items])
    order = np.lexsort((rng.random(len(candidates)), items[candidates]))
    candidates = candidates[order]
    is_first = np.r_[True, items[candidates][1:] != items[candidates][:-1]]
    starts = np.flatnonzero(is_first)
    rank = np.arange(len(candidates)) - starts[np.cumsum(is_first) - 1]
    candidates = candidates[rank < policy.at_hand]
    return candidates, rng.random(len(candidates))
