"""How far drawings of the same pictures agree: Krippendorff's alpha with 1 − matched IoU, and the mean F1 of pairs."""

from collections.abc import Sequence

import numpy as np

from annotation.agreement.coefficients import Alpha
from annotation.agreement.distance_alpha import distance_alpha
from annotation.agreement.drawings import Drawings
from annotation.agreement.shapes import Shape, f1, likeness

# So many pairs of drawings of different pictures show what chance gives; so many of one picture, how it went there.
CHANCE_PAIRS, ITEM_PAIRS = 2000, 60


def drawing_alpha(drawings: Drawings, *, seed: int = 0) -> tuple[Alpha | None, float | None]:
    rng = np.random.default_rng(seed)
    rows_of: list[list[int]] = [[] for _ in range(drawings.n_items)]
    for row, item in enumerate(drawings.items.tolist()):
        rows_of[item].append(row)
    within, scores, answers = [], [], []
    for rows in rows_of:
        pairs = _pairs(rows, rng)
        if pairs:
            alike = [(likeness(*_two(drawings, pair)), f1(*_two(drawings, pair))) for pair in pairs]
            within.append(1 - float(np.mean([like for like, _ in alike])))
            scores.append(float(np.mean([score for _, score in alike])))
            answers.append(float(len(rows)))
    if not within:
        return None, None
    alpha = distance_alpha(np.array(within), np.array(answers), _expected(drawings, rng), seed=seed)
    return alpha, float(np.average(scores, weights=answers))


def _pairs(rows: list[int], rng: np.random.Generator) -> list[tuple[int, int]]:
    pairs = [(one, two) for place, one in enumerate(rows) for two in rows[place + 1 :]]
    if len(pairs) <= ITEM_PAIRS:
        return pairs
    return [pairs[place] for place in rng.choice(len(pairs), ITEM_PAIRS, replace=False).tolist()]


def _two(drawings: Drawings, pair: tuple[int, int]) -> tuple[Sequence[Shape], Sequence[Shape]]:
    return drawings.shapes[pair[0]], drawings.shapes[pair[1]]


def _expected(drawings: Drawings, rng: np.random.Generator) -> float:
    """The mean distance of two drawings of anything: nearly 1, unless the pictures show the same place."""
    drawn = rng.integers(0, len(drawings.items), (CHANCE_PAIRS, 2))
    pairs = [(one, two) for one, two in drawn.tolist() if one != two]
    return float(np.mean([1 - likeness(*_two(drawings, pair)) for pair in pairs])) if pairs else 1.0
