"""How far annotators agree beyond chance where answers can be more or less alike: Krippendorff's alpha for any
distance."""

import numpy as np

from annotation.agreement.coefficients import Alpha
from annotation.agreement.intervals import Interval
from annotation.agreement.votes import Floats


def distance_alpha(
    within: Floats, answers: Floats, expected: float, *, level: float = 0.95, draws: int = 1000, seed: int = 0
) -> Alpha | None:
    """`within[i]` is the mean distance between two answers to item i, which has `answers[i]` of them; `expected` is
    the mean distance between two answers to anything. Items with one answer say nothing and are left out.

    Alpha is 1 − observed / expected. The interval is Krippendorff's: items are drawn anew for what was observed,
    what is expected stays.
    """
    several = answers > 1
    within, answers = within[several], answers[several]
    if not len(within):
        return None
    if expected <= 0:
        return Alpha(Interval(1.0, 1.0, 1.0), len(within), int(answers.sum()))
    shares = np.full(len(within), 1 / len(within))
    drawn = np.random.default_rng(seed).multinomial(len(within), shares, size=draws)
    observed = (drawn @ (within * answers)) / (drawn @ answers)
    estimate = 1 - float(np.average(within, weights=answers)) / expected
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(1 - observed / expected, [tail, 100 - tail])
    interval = Interval(estimate, min(estimate, float(low)), max(estimate, float(high)))
    return Alpha(interval, len(within), int(answers.sum()))


def rounded(alpha: Alpha | None) -> list[float]:
    """Estimate, low and high as they are printed; nothing where no item has two answers."""
    if alpha is None:
        return []
    return [round(value, 4) for value in (alpha.interval.estimate, alpha.interval.low, alpha.interval.high)]
