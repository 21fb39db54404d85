"""How far the annotators agree beyond chance: Krippendorff's alpha for named classes."""

from dataclasses import dataclass

import numpy as np

from annotation.agreement.intervals import Interval
from annotation.agreement.votes import Floats, Votes

# More items than this are dealt at random into so many blocks, and whole blocks are drawn: the interval stays the
# same, the time stops growing.
MAX_BLOCKS = 2000


@dataclass(frozen=True, slots=True)
class Alpha:
    interval: Interval
    items: int
    answers: int


def krippendorff_alpha(votes: Votes, *, level: float = 0.95, draws: int = 1000, seed: int = 0) -> Alpha | None:
    """Nominal alpha with a percentile bootstrap over items; None when no item has two answers.

    1 is full agreement, 0 is what chance gives. When everybody always gave one and the same class there is nothing
    to tell apart: agreement is full, and alpha is given as 1.
    """
    counts = votes.table()
    counts = counts[counts.sum(axis=1) > 1]
    if not len(counts):
        return None
    totals = counts.sum(axis=1)
    agreeing = (counts * (counts - 1)).sum(axis=1) / (totals - 1)
    blocks = _blocks(np.column_stack([agreeing, counts]), seed)
    drawn = np.random.default_rng(seed + 1).multinomial(len(blocks), np.full(len(blocks), 1 / len(blocks)), size=draws)
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(_alpha(drawn @ blocks), [tail, 100 - tail])
    estimate = float(_alpha(blocks.sum(axis=0, keepdims=True))[0])
    interval = Interval(estimate, min(estimate, float(low)), max(estimate, float(high)))
    return Alpha(interval, items=len(counts), answers=int(totals.sum()))


def _blocks(rows: Floats, seed: int) -> Floats:
    if len(rows) <= MAX_BLOCKS:
        return rows
    shuffled = rows[np.random.default_rng(seed).permutation(len(rows))]
    return np.add.reduceat(shuffled, np.linspace(0, len(rows), MAX_BLOCKS, endpoint=False).astype(np.int64))


def _alpha(sums: Floats) -> Floats:
    """From sums over items: pairs that agree (per answer), then the answers of each class."""
    agreeing, classes = sums[:, 0], sums[:, 1:]
    answers = classes.sum(axis=1)
    chance = (classes * (classes - 1)).sum(axis=1) / (answers * (answers - 1))
    observed = agreeing / answers
    varied = chance < 1
    return np.where(varied, 1 - (1 - observed) / np.where(varied, 1 - chance, 1.0), 1.0)
