"""Labels that are places in a tree, such as animal/dog/poodle, decided from the root down.

At every level those who agree with the decision so far vote on the next step; "no further" is a step as well. A
disagreement about the breed leaves the dog alone, and the answer's confidence is the product of its steps'.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.agreement.votes import Fit, Floats, Ints, Votes

Path = tuple[str, ...]
END = ""
TIE = 1e-9


@dataclass(frozen=True)
class Placings:
    """Row r says: `annotators[r]` put item `items[r]` at `paths[r]`."""

    items: Ints
    annotators: Ints
    paths: Sequence[Path]
    n_items: int
    n_annotators: int


@dataclass(frozen=True, slots=True)
class PathFit:
    paths: list[Path]
    confidence: Floats
    reliability: Floats


def fit_paths(placings: Placings, method: Callable[[Votes], Fit]) -> PathFit:
    decided: list[Path] = [() for _ in range(placings.n_items)]
    confidence = np.ones(placings.n_items)
    trusted, heard = np.zeros(placings.n_annotators), np.zeros(placings.n_annotators)
    depth = 0
    while rows := [
        row
        for row, item in enumerate(placings.items.tolist())
        if len(decided[item]) == depth and END not in decided[item] and placings.paths[row][:depth] == decided[item]
    ]:
        fit, steps, votes = _level(placings, rows, depth, method)
        answers = np.bincount(votes.annotators, minlength=placings.n_annotators)
        trusted += fit.reliability * answers
        heard += answers
        common = np.bincount(votes.labels, minlength=votes.n_classes)
        for item in np.unique(placings.items[rows]).tolist():
            chance = np.array(
                [
                    max(float(fit.posterior[item, place]), TIE) if step[:-1] == decided[item] else 0.0
                    for place, step in enumerate(steps)
                ]
            )
            tied = chance >= chance.max() - TIE
            best = int(np.argmax(np.where(tied, common[: len(steps)] + 1, 0)))
            confidence[item] *= chance[best] / chance.sum()
            decided[item] = steps[best]
        depth += 1
    return PathFit([_ended(path) for path in decided], confidence, trusted / np.maximum(heard, 1))


def _ended(path: Path) -> Path:
    return path[:-1] if path and path[-1] == END else path


def _level(
    placings: Placings, rows: list[int], depth: int, method: Callable[[Votes], Fit]
) -> tuple[Fit, list[Path], Votes]:
    taken = [(*placings.paths[row], END)[: depth + 1] for row in rows]
    steps = sorted(set(taken))
    place = {step: number for number, step in enumerate(steps)}
    votes = Votes(
        placings.items[rows],
        placings.annotators[rows],
        np.array([place[step] for step in taken]),
        placings.n_items,
        placings.n_annotators,
        max(len(steps), 2),
    )
    return method(votes), steps, votes
