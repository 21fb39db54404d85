"""How true the stated confidence is, without probes and with forty hidden ones; measured on the other items."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from annotation.agreement.auto import auto
from annotation.agreement.calibration import calibration_error, reliability_diagram
from annotation.agreement.votes import UNKNOWN, Fit, Ints
from bench.quality.crowds import Crowd, crowds

PROBES = 40
REPEATS = 5


def bench(sets: Sequence[str], seeds: int) -> Iterator[dict[str, Any]]:
    for crowd in crowds(sets):
        gold = np.flatnonzero(crowd.gold >= 0)
        if len(gold) < 3 * PROBES:
            continue
        plain = auto(crowd.votes)
        errors = [_errors(crowd, plain, np.random.default_rng(seed), gold) for seed in range(REPEATS)]
        without, with_probes = np.mean(errors, axis=0)
        yield {
            "set": crowd.name,
            "calibration_error": round(float(without), 4),
            "with_probes": round(float(with_probes), 4),
            "diagram": [
                [round(bar.said, 3), round(bar.right.estimate, 3), bar.count] for bar in _diagram(crowd, plain, gold)
            ],
        }


def _errors(crowd: Crowd, plain: Fit, rng: np.random.Generator, gold: Ints) -> tuple[float, float]:
    probes = rng.choice(gold, PROBES, replace=False)
    rest = np.setdiff1d(gold, probes)
    known = np.full(crowd.votes.n_items, UNKNOWN)
    known[probes] = crowd.gold[probes]
    probed = auto(replace(crowd.votes, known=known))
    return calibration_error(_diagram(crowd, plain, rest)), calibration_error(_diagram(crowd, probed, rest))


def _diagram(crowd: Crowd, fit: Fit, items: Ints) -> list[Any]:
    right = (fit.labels[items] == crowd.gold[items]).astype(np.float64)
    return reliability_diagram(fit.confidence[items], right)
