"""The methods for drawings by name, from everybody's shapes to the shapes that are kept."""

from dataclasses import dataclass

import numpy as np

from annotation.agreement.drawings import (
    STRENGTH,
    Belief,
    Drawings,
    Finds,
    believe,
    gather,
    least_chance,
    vote,
    without_own,
)
from annotation.agreement.outlines import errors, outline
from annotation.agreement.shapes import Shape
from annotation.agreement.votes import Floats, sum_per

DRAWING_METHODS = ("auto", "vote")


@dataclass(frozen=True, slots=True)
class DrawingFit:
    """[item]: the shapes kept, most likely first, and the F1 that is expected of them. [annotator]: the rest."""

    kept: list[list[Shape]]
    confidence: Floats
    recall: Floats
    precision: Floats
    overlap: Floats
    reliability: Floats
    finds: Finds
    chance: Floats


def fit_drawings(drawings: Drawings, method: str = "auto") -> DrawingFit:
    finds = gather(drawings)
    belief = believe(finds, drawings.n_annotators) if method == "auto" else vote(finds, drawings.n_annotators)
    error, weights = errors(drawings, finds)
    if method == "vote":
        weights = np.ones(drawings.n_annotators)
    least = least_chance(belief.chance) if method == "auto" else 0.5
    recall, precision = _records(finds, belief, drawings.n_annotators)
    kept: list[list[Shape]] = [[] for _ in range(drawings.n_items)]
    for find in np.argsort(-belief.chance, kind="stable").tolist():
        if belief.chance[find] < least:
            continue
        drawn = finds.drawn[find]
        shapes = [drawings.shapes[row][place] for row, place in drawn]
        kept[finds.items[find]].append(outline(shapes, weights[drawings.annotators[[row for row, _ in drawn]]]))
    return DrawingFit(
        kept,
        _confidence(drawings, finds, belief, least),
        recall,
        precision,
        1 - error,
        2 * recall * precision / (recall + precision),
        finds,
        belief.chance,
    )


def _records(finds: Finds, belief: Belief, size: int) -> tuple[Floats, Floats]:
    """Everybody's recall and precision, each of his finds judged by the others."""
    real, who = without_own(finds, belief), finds.annotators
    found = sum_per(who, real * finds.said, size)
    there, drew = sum_per(who, real, size), sum_per(who, finds.said, size)
    crowd_recall = _share(found.sum(), there.sum())
    crowd_precision = _share(found.sum(), drew.sum())
    recall = (found + STRENGTH * crowd_recall) / (there + STRENGTH)
    return recall, (found + STRENGTH * crowd_precision) / (drew + STRENGTH)


def _share(part: float, whole: float) -> float:
    return (part + 1) / (whole + 2)


def _confidence(drawings: Drawings, finds: Finds, belief: Belief, least: float) -> Floats:
    """The expected F1 of what is kept. Where nothing is: how likely nothing is there."""
    size = drawings.n_items
    kept = belief.chance >= least
    right = sum_per(finds.items[kept], belief.chance[kept], size)
    count = sum_per(finds.items[kept], np.ones(int(kept.sum())), size)
    there = sum_per(finds.items, belief.chance, size)
    nothing = np.exp(sum_per(finds.items, np.log1p(-np.minimum(belief.chance, 1 - 1e-12)), size))
    looked = np.bincount(drawings.items, minlength=size)
    nothing = nothing * (looked + 1) / (looked + 2)
    return np.where(count > 0, 2 * right / np.maximum(count + there, 1e-12), nothing)
