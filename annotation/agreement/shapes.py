"""Boxes and polygons: how much two of them overlap, as the share of what they cover together (IoU)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from annotation.agreement.votes import Floats

# Polygons are compared on a grid of so many points by so many over the pair.
GRID = 64


@dataclass(frozen=True, slots=True)
class Shape:
    """A polygon's corners, or none for a box; `box` is left, top, right, bottom. `name` is what it is said to show."""

    box: tuple[float, float, float, float]
    corners: tuple[tuple[float, float], ...] = ()
    name: str = ""


def overlaps(first: Sequence[Shape], second: Sequence[Shape]) -> Floats:
    """[one of the first, one of the second]: their IoU. What a shape is called makes no difference."""
    table = _box_overlaps(_boxes(first), _boxes(second))
    if any(shape.corners for shape in first) or any(shape.corners for shape in second):
        for row, column in np.argwhere(table > 0).tolist():
            if first[row].corners or second[column].corners:
                table[row, column] = _polygon_overlap(first[row], second[column])
    return table


def _boxes(shapes: Sequence[Shape]) -> Floats:
    return np.array([shape.box for shape in shapes], dtype=np.float64).reshape(-1, 4)


def _box_overlaps(first: Floats, second: Floats) -> Floats:
    shared = np.ones((len(first), len(second)))
    for low, high in ((0, 2), (1, 3)):
        near = np.maximum(first[:, None, low], second[None, :, low])
        far = np.minimum(first[:, None, high], second[None, :, high])
        shared *= np.maximum(far - near, 0)
    areas = [np.maximum(boxes[:, 2:] - boxes[:, :2], 0).prod(axis=1) for boxes in (first, second)]
    together = areas[0][:, None] + areas[1][None, :] - shared
    table: Floats = np.divide(shared, together, out=np.zeros_like(shared), where=together > 0)
    return table


def _polygon_overlap(first: Shape, second: Shape) -> float:
    corners = np.array([first.box, second.box])
    low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    steps = (np.arange(GRID) + 0.5) / GRID
    across, down = np.meshgrid(low[0] + steps * (high[0] - low[0]), low[1] + steps * (high[1] - low[1]))
    masks = [_covers(shape, across.ravel(), down.ravel()) for shape in (first, second)]
    together = np.count_nonzero(masks[0] | masks[1])
    return float(np.count_nonzero(masks[0] & masks[1]) / together) if together else 0.0


def _covers(shape: Shape, across: Floats, down: Floats) -> np.ndarray:
    """Which points lie inside: those from which a line to the right crosses the outline an odd number of times."""
    left, top, right, bottom = shape.box
    if not shape.corners:
        inside: np.ndarray = (across >= left) & (across <= right) & (down >= top) & (down <= bottom)
        return inside
    inside = np.zeros(len(across), dtype=bool)
    corners = shape.corners
    for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if y1 == y2:
            continue
        crosses = (down < y1) != (down < y2)
        inside ^= crosses & (across < x1 + (down - y1) / (y2 - y1) * (x2 - x1))
    return inside


def matched(table: Floats) -> Floats:
    """The IoUs of the pairs when every shape is paired with at most one, and the sum of IoUs is greatest."""
    if not table.size:
        return np.zeros(0)
    rows, columns = linear_sum_assignment(-table)
    found: Floats = table[rows, columns]
    return found[found > 0]


def likeness(first: Sequence[Shape], second: Sequence[Shape]) -> float:
    """Of two drawings of one picture: twice the matched IoU by the number of shapes; 1 when both are empty."""
    total = len(first) + len(second)
    return 2 * float(matched(overlaps(first, second)).sum()) / total if total else 1.0


def f1(first: Sequence[Shape], second: Sequence[Shape], *, least: float = 0.5) -> float:
    """The harmonic mean of precision and recall, a pair counting from an IoU of `least`."""
    total = len(first) + len(second)
    table = overlaps(first, second)
    found = matched(np.where(table >= least, 1 + table, 0.0))
    return 2 * len(found) / total if total else 1.0
