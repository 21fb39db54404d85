"""Whom to ask about which item: the answer that is expected to tell most for its price."""

from collections.abc import Sequence
from math import log

import numpy as np

from annotation.agreement.votes import Floats, Ints

LEAST = 1e-4


def believe(belief: Sequence[float], row: Sequence[float]) -> list[float]:
    """One answer more on one item: `row` is P(this label | class) for the annotator who gave it.

    Constant time: it depends on neither the item's other answers nor the size of the project.
    """
    grown = [chance * max(told, LEAST) for chance, told in zip(belief, row, strict=True)]
    total = sum(grown)
    return [chance / total for chance in grown]


def information(belief: Sequence[float], rows: Sequence[Sequence[float]]) -> float:
    """How many nats an answer is expected to tell: rows[label][class] is the annotator's matrix."""
    expected = [sum(p * told for p, told in zip(belief, row, strict=True)) for row in rows]
    certain = sum(p * _minus_entropy([row[position] for row in rows]) for position, p in enumerate(belief))
    return max(0.0, certain - _minus_entropy(expected))


def informations(beliefs: Floats, rows: Floats) -> Floats:
    """`information` for many pairs of an item and an annotator: [pair, class] and [pair, label, class]."""
    expected = (rows * beliefs[:, None, :]).sum(axis=2)
    noise = (beliefs * entropies(rows, axis=1)).sum(axis=1)
    told: Floats = np.maximum(entropies(expected, axis=1) - noise, 0.0)
    return told


def entropies(chances: Floats, *, axis: int) -> Floats:
    summed: Floats = -(chances * np.log(np.maximum(chances, 1e-300))).sum(axis=axis)
    return summed


def best_per_item(items: Ints, worth: Floats, *, drawn: Floats, newcomers: float) -> Ints:
    """Of several candidates for each item the position of the one to ask, one for each item in rising order.

    `drawn` are equally random numbers, one per candidate. On a share of the items (`newcomers`) chance decides and
    not worth: who is not yet known to be good must be asked to become known.
    """
    lucky = np.zeros(items.max(initial=-1) + 1, dtype=bool)
    np.logical_or.at(lucky, items[drawn < _share_of_draws(items, newcomers)], True)
    order = np.lexsort((drawn, np.where(lucky[items], 0.0, -worth), items))
    ordered = items[order]
    is_first = np.r_[True, ordered[1:] != ordered[:-1]] if len(order) else np.zeros(0, dtype=bool)
    best: Ints = order[is_first]
    return best


def _share_of_draws(items: Ints, newcomers: float) -> Floats:
    """So that the least of an item's draws falls below this with the chance `newcomers`, however many there are."""
    candidates = np.bincount(items)[items]
    share: Floats = 1 - (1 - newcomers) ** (1 / candidates)
    return share


def _minus_entropy(chances: Sequence[float]) -> float:
    return sum(chance * log(chance) for chance in chances if chance > 0)
