"""How unlike two answers are that are sets of labels or paths in a tree; and how unlike two answers usually are."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import numpy as np

from annotation.agreement.votes import Floats, Ints

Plain = TypeVar("Plain", bound=Collection[str])
Distance = Callable[[Plain, Plain], float]
# Of more different answers than this the commonest stand for all when the usual distance is worked out.
MOST_DIFFERENT = 400


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    together = first | second
    return 1 - len(first & second) / len(together) if together else 0.0


def masi(first: frozenset[str], second: frozenset[str]) -> float:
    """Passonneau's: Jaccard's likeness, times 1 where the sets are equal, 2/3 where one is part of the other, 1/3
    where they overlap."""
    if first == second:
        return 0.0
    likeness = 1 - jaccard(first, second)
    return 1 - likeness * (2 / 3 if first <= second or second <= first else 1 / 3)


def along_paths(first: tuple[str, ...], second: tuple[str, ...]) -> float:
    """Wu and Palmer's: how much of two paths from the root is not common to both."""
    common = 0
    for one, two in zip(first, second, strict=False):
        if one != two:
            break
        common += 1
    return 1 - 2 * common / (len(first) + len(second)) if first or second else 0.0


def mean_within(
    items: Ints, answers: Sequence[Plain], n_items: int, distance: "Distance[Plain]"
) -> tuple[Floats, Floats]:
    """Per item the mean distance of two answers to it, and how many there are."""
    counted: list[Counter[Plain]] = [Counter() for _ in range(n_items)]
    for item, answer in zip(items.tolist(), answers, strict=True):
        counted[item][answer] += 1
    within, sizes = np.zeros(n_items), np.zeros(n_items)
    for item, counts in enumerate(counted):
        size = counts.total()
        sizes[item] = size
        if size > 1:
            within[item] = _apart(counts, distance) / (size * (size - 1))
    return within, sizes


def usual(answers: Sequence[Plain], distance: "Distance[Plain]") -> float:
    """The mean distance of two answers to anything."""
    # Of equally common ones those that come first in order: which they are must not hang on the rows' order.
    common = sorted(Counter(answers).items(), key=lambda pair: (-pair[1], sorted(pair[0]), repr(pair[0])))
    counts = Counter(dict(common[:MOST_DIFFERENT]))
    size = counts.total()
    return _apart(counts, distance) / (size * (size - 1)) if size > 1 else 0.0


def _apart(counts: "Counter[Plain]", distance: "Distance[Plain]") -> float:
    """The sum of distances over ordered pairs of answers."""
    different = list(counts.items())
    return 2 * sum(
        many * more * distance(one, two)
        for place, (one, many) in enumerate(different)
        for two, more in different[place + 1 :]
    )
