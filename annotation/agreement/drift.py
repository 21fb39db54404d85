"""Whether a share that ought to stay has fallen: a test for one step down, anywhere in a row of right and wrong."""

from dataclasses import dataclass
from math import exp, sqrt

import numpy as np

from annotation.agreement.intervals import Interval, wilson
from annotation.agreement.votes import Floats

# Fewer say nothing about a fall.
LEAST = 60
# People look every day: a row that never fell rings so seldom at one look.
ALARM = 0.001


@dataclass(frozen=True, slots=True)
class Drift:
    """The likeliest step down. `at` is the first after it; `chance` that a row without any step shows one so clear."""

    chance: float
    at: int
    before: Interval
    after: Interval
    count: int

    @property
    def has_fallen(self) -> bool:
        return self.chance < ALARM


def step_down(right: Floats) -> Drift | None:
    """`right` is 1 or 0 in order of time; None when there are too few of them.

    The sum of the first k lies above its share k/n of the whole sum where the first k were better than the rest. The
    most that it does so, over sqrt(n p (1 - p)), is the height of a Brownian bridge when nothing ever changed, and
    that exceeds x with a chance of exp(-2 x²). No day has to be named beforehand, and of few answers the chance is
    overstated, never understated (test_drift.py counts both).
    """
    count = len(right)
    if count < LEAST:
        return None
    total = float(right.sum())
    above = np.cumsum(right) - total * np.arange(1, count + 1) / count
    at = int(np.argmax(above[:-1])) + 1
    spread = sqrt(total * (count - total) / count)
    height = max(float(above[at - 1]), 0.0) / spread if spread else 0.0
    first = float(right[:at].sum())
    return Drift(exp(-2 * height**2), at, wilson(first, at), wilson(total - first, count - at), count)
