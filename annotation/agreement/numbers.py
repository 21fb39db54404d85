"""Answers that are numbers: what goes in, and the centres of an item's numbers, with and without each of them."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from annotation.agreement.votes import Floats, Ints, sum_per

Bools = NDArray[np.bool_]
# Of an item's numbers the trimmed mean leaves out this share at either end.
TRIMMED = 0.2


@dataclass(frozen=True)
class Ratings:
    """Row r says: `annotators[r]` gave `values[r]` to `items[r]`. `known[i]` is the right number of item i, or NaN."""

    items: Ints
    annotators: Ints
    values: Floats
    n_items: int
    n_annotators: int
    known: Floats

    def __len__(self) -> int:
        return len(self.items)

    def only(self, rows: Bools) -> "Ratings":
        return replace(self, items=self.items[rows], annotators=self.annotators[rows], values=self.values[rows])

    @cached_property
    def counts(self) -> Floats:
        return np.bincount(self.items, minlength=self.n_items).astype(np.float64)

    @cached_property
    def is_known(self) -> Bools:
        return ~np.isnan(self.known)


@dataclass(frozen=True, slots=True)
class Centre:
    """One number per item; and per rating the same from the item's *other* ratings (NaN where there are none)."""

    of_items: Floats
    of_others: Floats


def means(ratings: Ratings) -> Centre:
    sums = sum_per(ratings.items, ratings.values, ratings.n_items)
    others = sums[ratings.items] - ratings.values
    return Centre(_divided(sums, ratings.counts), _divided(others, ratings.counts[ratings.items] - 1))


def medians(ratings: Ratings) -> Centre:
    ranked = _Ranked(ratings)
    middle = (ranked.at(ranked.counts_low) + ranked.at(ranked.counts_high)) / 2
    # Without the rating of rank r whatever stood above it moves down by one place.
    size = ranked.counts[ratings.items] - 1
    low, high = (size - 1) // 2, size // 2
    rows = ratings.items
    left = (ranked.at_rows(rows, low + (low >= ranked.rank)) + ranked.at_rows(rows, high + (high >= ranked.rank))) / 2
    return Centre(middle, np.where(size > 0, left, np.nan))


def trimmed_means(ratings: Ratings) -> Centre:
    ranked = _Ranked(ratings)
    cut = (TRIMMED * ranked.counts).astype(np.int64)
    inside = (ranked.rank >= cut[ratings.items]) & (ranked.rank < (ranked.counts - cut)[ratings.items])
    sums = sum_per(ratings.items, np.where(inside, ratings.values, 0.0), ratings.n_items)
    return Centre(_divided(sums, (ranked.counts - 2 * cut).astype(np.float64)), _trimmed_of_others(ratings, ranked))


def _trimmed_of_others(ratings: Ratings, ranked: "_Ranked") -> Floats:
    """One rating less: if it was cut off anyway, the one next to the cut goes in its place."""
    size = ranked.counts - 1
    cut = (TRIMMED * np.maximum(size, 0)).astype(np.int64)
    low, high = cut[ratings.items], (size - cut)[ratings.items]
    inside = (ranked.rank >= low) & (ranked.rank <= high)
    sums = sum_per(ratings.items, np.where(inside, ratings.values, 0.0), ratings.n_items)
    gone = ranked.at_rows(ratings.items, np.clip(ranked.rank, low, high))
    left = (size - 2 * cut)[ratings.items].astype(np.float64)
    return _divided(sums[ratings.items] - gone, left)


class _Ranked:
    """The ratings of each item in rising order; equal ones in any order, which no centre can tell."""

    def __init__(self, ratings: Ratings) -> None:
        order = np.lexsort((ratings.values, ratings.items))
        self.sorted = ratings.values[order]
        self.counts = np.bincount(ratings.items, minlength=ratings.n_items)
        self.starts = np.cumsum(self.counts) - self.counts
        self.rank = np.empty(len(ratings), dtype=np.int64)
        self.rank[order] = np.arange(len(ratings)) - self.starts[ratings.items[order]]
        self.counts_low, self.counts_high = (self.counts - 1) // 2, self.counts // 2

    def at(self, place: Ints) -> Floats:
        """Per item the rating at this place; NaN for an item without ratings."""
        return self.at_rows(np.arange(len(self.counts)), place)

    def at_rows(self, items: Ints, place: Ints) -> Floats:
        held = self.counts[items]
        if not len(self.sorted):
            return np.full(len(items), np.nan)
        found = self.sorted[
            self.starts[items].clip(0, len(self.sorted) - 1) + np.clip(place, 0, np.maximum(held - 1, 0))
        ]
        return np.where(held > 0, found, np.nan)


def _divided(sums: Floats, counts: Floats) -> Floats:
    return np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
