"""One outline from several people's: the weighted middle of boxes, the polygon most like the others."""

from collections.abc import Sequence

import numpy as np

from annotation.agreement.drawings import STRENGTH, Drawings, Finds
from annotation.agreement.shapes import Shape, overlaps
from annotation.agreement.votes import Floats, Ints, sum_per

# Nobody is believed to be nearer to the middle than this (1 − IoU), nor, unknown, to be farther off than this.
LEAST_ERROR, USUAL_ERROR = 0.05, 0.25


def outline(shapes: Sequence[Shape], weights: Floats) -> Shape:
    name = _name(shapes, weights)
    if any(shape.corners for shape in shapes):
        likest = int(np.argmax(np.round(overlaps(shapes, shapes) @ weights, 9)))
        return Shape(shapes[likest].box, shapes[likest].corners, name)
    sides = np.array([shape.box for shape in shapes])
    left, top, right, bottom = (middle(sides[:, side], weights) for side in range(4))
    return Shape((left, top, right, bottom), name=name)


def middle(values: Floats, weights: Floats) -> float:
    """The weighted median: half of the weight lies on either side. Between two numbers that share it, the mean."""
    order = np.argsort(values, kind="stable")
    sums = np.cumsum(weights[order])
    half = sums[-1] / 2
    low = int(np.searchsorted(sums, half * (1 - 1e-9)))
    high = int(np.searchsorted(sums, half * (1 + 1e-9)))
    return float((values[order[low]] + values[order[min(high, len(values) - 1)]]) / 2)


def _name(shapes: Sequence[Shape], weights: Floats) -> str:
    votes: dict[str, float] = {}
    for shape, weight in zip(shapes, weights, strict=True):
        votes[shape.name] = votes.get(shape.name, 0.0) + float(weight)
    return min(votes, key=lambda name: (-round(votes[name], 9), name))


def errors(drawings: Drawings, finds: Finds) -> tuple[Floats, Floats]:
    """Everybody's mean distance (1 − IoU) from the middle of the others, and weights that follow from it."""
    who: list[int] = []
    apart: list[float] = []
    for drawn in finds.drawn:
        if len(drawn) < 2:
            continue
        shapes = [drawings.shapes[row][place] for row, place in drawn]
        for place, (row, _) in enumerate(drawn):
            others = shapes[:place] + shapes[place + 1 :]
            apart.append(1 - float(overlaps([shapes[place]], [outline(others, np.ones(len(others)))])[0, 0]))
            who.append(int(drawings.annotators[row]))
    index: Ints = np.array(who, dtype=np.int64)
    sums = sum_per(index, np.array(apart), drawings.n_annotators) if who else np.zeros(drawings.n_annotators)
    counts = np.bincount(index, minlength=drawings.n_annotators)
    usual = (sum(apart) + STRENGTH * USUAL_ERROR) / (len(apart) + STRENGTH)
    mean = (sums + STRENGTH * usual) / (counts + STRENGTH)
    return mean, 1 / np.maximum(mean, LEAST_ERROR) ** 2
