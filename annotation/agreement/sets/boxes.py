"""Sets where every task is a picture on which boxes or polygons are drawn.

A label is a JSON list of shapes. A shape is [left, top, right, bottom], or a polygon [[x, y], [x, y], [x, y], …], or
one of these with a name: {"box": […], "label": "…"}, {"points": […], "label": "…"}.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from annotation.agreement.distance_alpha import rounded
from annotation.agreement.drawing_agreement import drawing_alpha
from annotation.agreement.drawing_methods import DRAWING_METHODS, fit_drawings
from annotation.agreement.drawings import Drawings
from annotation.agreement.sets.contract import Answer, Buying, Decided, How, Judged, Resolved, SetRefused
from annotation.agreement.sets.numbering import Numbering, number
from annotation.agreement.sets.rounds import collect_in_rounds
from annotation.agreement.sets.sureness import mended
from annotation.agreement.shapes import Shape, f1

MOST_SHAPES, MOST_CORNERS = 1000, 10_000
# Every shape on a picture is held against every other.
MOST_TOGETHER = 3000
# Areas of greater shapes would not fit.
GREATEST = 1e12
UNINFORMATIVE, ANSWERS, LEAST_SHARE = "uninformative", 5, 0.3


class Boxes:
    methods = DRAWING_METHODS

    def alike(self, label: str, known: str) -> float:
        """F1 at an IoU of a half, which is what the confidence expects."""
        return f1(read_shapes(label, 0), read_shapes(known, 0))

    def resolve(self, answers: Sequence[Answer], how: How) -> Resolved:
        if how.method not in self.methods:
            raise SetRefused(f"No method is called {how.method!r}.")
        for task, label in sorted(how.probes.items()):
            read_probe(task, label)
        blind = self._resolve(answers, how)
        return mended(blind, blind.decided, how, self.alike)

    def _resolve(self, answers: Sequence[Answer], how: How) -> Resolved:
        read = [read_shapes(answer.label, place) for place, answer in enumerate(answers)]
        numbering = number(answers)
        drawings = Drawings(
            numbering.items,
            numbering.annotators,
            [read[row] for row in numbering.rows],
            len(numbering.tasks),
            len(numbering.workers),
        )
        _refuse_crowded(numbering, drawings)
        fit = fit_drawings(drawings, how.method)
        counts = np.bincount(drawings.annotators, minlength=drawings.n_annotators)
        typical = float(np.average(fit.reliability, weights=counts))
        is_poor = (counts >= ANSWERS) & (fit.reliability < LEAST_SHARE * typical)
        alpha, pairs = drawing_alpha(drawings, seed=how.seed)
        return Resolved(
            [
                Decided(task, write_shapes(kept), float(sure))
                for task, kept, sure in zip(numbering.tasks, fit.kept, fit.confidence, strict=True)
            ],
            [
                Judged(
                    worker,
                    float(fit.reliability[place]),
                    int(counts[place]),
                    (UNINFORMATIVE,) if is_poor[place] else (),
                    {
                        "recall": float(fit.recall[place]),
                        "precision": float(fit.precision[place]),
                        "overlap": float(fit.overlap[place]),
                    },
                )
                for place, worker in enumerate(numbering.workers)
            ],
            agreement={"alpha": rounded(alpha), "f1_of_pairs": round(pairs, 4)} if alpha and pairs is not None else {},
        )

    def replay(self, answers: Sequence[Answer], how: How, buying: Buying) -> Resolved:
        for place, answer in enumerate(answers):
            read_shapes(answer.label, place)
        return collect_in_rounds(answers, buying, how.seed, lambda bought: self.resolve(bought, how))


def read_probe(task: str, label: str) -> list[Shape]:
    try:
        return read_shapes(label, 0)
    except SetRefused as refusal:
        raise SetRefused(f"The probe of task {task!r} is no drawing: a JSON list of shapes.") from refusal


def _refuse_crowded(numbering: Numbering, drawings: Drawings) -> None:
    together = np.zeros(drawings.n_items, dtype=np.int64)
    np.add.at(together, drawings.items, [len(shapes) for shapes in drawings.shapes])
    for item in np.flatnonzero(together > MOST_TOGETHER)[:1].tolist():
        row = int(numbering.rows[drawings.items == item][-1])
        raise SetRefused.answer(
            row, f"on task {numbering.tasks[item]!r} there are more than {MOST_TOGETHER} shapes together."
        )


def read_shapes(label: str, place: int) -> list[Shape]:
    try:
        drawn = json.loads(label)
    except (ValueError, RecursionError):
        drawn = None
    if not isinstance(drawn, list):
        raise SetRefused.answer(place, "a drawing is a JSON list of shapes.")
    if len(drawn) > MOST_SHAPES:
        raise SetRefused.answer(place, f"a drawing has at most {MOST_SHAPES} shapes.")
    return [_shape(entry, number, place) for number, entry in enumerate(drawn, start=1)]


def _shape(entry: Any, number: int, place: int) -> Shape:
    name = ""
    if isinstance(entry, dict):
        name = entry.get("label", "")
        entry = entry.get("box", entry.get("points"))
        if not isinstance(name, str):
            raise SetRefused.answer(place, f"the label of shape {number} is not a text.")
    if not isinstance(entry, list):
        raise SetRefused.answer(place, f"shape {number} is neither a box nor a polygon.")
    if len(entry) == 4 and all(_is_number(side) for side in entry):
        x1, y1, x2, y2 = (float(side) for side in entry)
        # Drawn from right to left, or upwards, it is the same box.
        return Shape((min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)), name=name)
    if 3 <= len(entry) <= MOST_CORNERS and all(_is_corner(corner) for corner in entry):
        corners = tuple((float(x), float(y)) for x, y in entry)
        across, down = [x for x, _ in corners], [y for _, y in corners]
        return Shape((min(across), min(down), max(across), max(down)), corners, name)
    raise SetRefused.answer(
        place, f"shape {number} is neither [left, top, right, bottom] nor three or more corners [x, y] of numbers."
    )


def _is_corner(corner: Any) -> bool:
    return isinstance(corner, list) and len(corner) == 2 and all(_is_number(part) for part in corner)


def _is_number(value: Any) -> bool:
    # Also false for NaN.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= GREATEST


def write_shapes(shapes: Sequence[Shape]) -> str:
    return json.dumps([_entry(shape) for shape in shapes], ensure_ascii=False)


def _entry(shape: Shape) -> Any:
    drawn: list[Any] = [list(corner) for corner in shape.corners] or [round(side, 6) for side in shape.box]
    if not shape.name:
        return drawn
    return {"points" if shape.corners else "box": drawn, "label": shape.name}
