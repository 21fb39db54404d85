"""How true the stated confidence is where answers can be partly right: as stated, and mended by forty hidden probes.

Measured on the tasks that were no probes; what is drawn at random is only which tasks were.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from annotation.agreement.calibration import calibration_error, reliability_diagram
from annotation.agreement.graded import fitted_curve
from annotation.agreement.sets.boxes import Boxes
from annotation.agreement.sets.comparing import Pairs
from annotation.agreement.sets.contract import Answer, GradedKind, How, Resolved
from annotation.agreement.sets.files import read_answers
from annotation.agreement.sets.spans import Spans
from annotation.agreement.sets.transcription import Transcription
from annotation.agreement.votes import Floats
from bench.quality.crowds import folder, names
from bench.quality.kinds import gold_scores
from bench.quality.texts import gold_of

PROBES = 40
REPEATS = 20
# Probes must not spoil what was true: more than noise.
MOST_WORSE = 0.03
KINDS: dict[str, GradedKind] = {
    "boxes": Boxes(),
    "pairwise": Pairs(),
    "spans": Spans(),
    "transcription": Transcription(),
}


def bench(sets: Sequence[str], seeds: int) -> Iterator[dict[str, Any]]:
    for kind, graded in KINDS.items():
        for name in names(kind, sets):
            answers = read_answers(folder() / name)
            resolved = graded.resolve(answers, How())
            said, got = _said_and_got(graded, resolved, _truth(kind, name, answers))
            if len(said) >= 2 * PROBES:
                yield {"set": name, "kind": kind, **figures(said, got)}


def figures(said: Floats, got: Floats) -> dict[str, Any]:
    before, after = np.mean([_errors(said, got, seed) for seed in range(REPEATS)], axis=0)
    probes, rest = _drawn(len(said), 0)
    mended = fitted_curve(said[probes], got[probes]).apply(said[rest])
    return {
        "tasks": len(said),
        "mean_said": round(float(said.mean()), 4),
        "mean_right": round(float(got.mean()), 4),
        "calibration_error": round(float(before), 4),
        "with_probes": round(float(after), 4),
        "diagram": _bars(said, got),
        "diagram_with_probes": _bars(mended, got[rest]),
        "within_budget": bool(after <= before + MOST_WORSE),
    }


def _errors(said: Floats, got: Floats, seed: int) -> tuple[float, float]:
    probes, rest = _drawn(len(said), seed)
    mended = fitted_curve(said[probes], got[probes]).apply(said[rest])
    return _error(said[rest], got[rest]), _error(mended, got[rest])


def _drawn(size: int, seed: int) -> tuple[Any, Any]:
    order = np.random.default_rng(seed).permutation(size)
    return order[:PROBES], order[PROBES:]


def _error(said: Floats, got: Floats) -> float:
    return calibration_error(reliability_diagram(said, got))


def _bars(said: Floats, got: Floats) -> list[list[float]]:
    return [[round(bar.said, 3), round(bar.right.estimate, 3), bar.count] for bar in reliability_diagram(said, got)]


def _truth(kind: str, name: str, answers: Sequence[Answer]) -> Mapping[str, str]:
    """Of pairs the gold is a score of each thing: the pair's better one follows from it."""
    if kind != "pairwise":
        return gold_of(name)
    scores = gold_scores(folder() / name)
    better: dict[str, str] = {}
    for task in sorted({answer.task for answer in answers}):
        pair = task.split("|")
        if len(pair) == 2 and all(thing in scores for thing in pair) and scores[pair[0]] != scores[pair[1]]:
            better[task] = max(pair, key=lambda thing: scores[thing])
    return better


def _said_and_got(graded: GradedKind, resolved: Resolved, truth: Mapping[str, str]) -> tuple[Floats, Floats]:
    rows = [row for row in resolved.decided if row.task in truth]
    return (
        np.array([row.confidence for row in rows]),
        np.array([graded.alike(row.label, truth[row.task]) for row in rows]),
    )
