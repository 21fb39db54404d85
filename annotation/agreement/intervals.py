"""Intervals for the percentages that pages show."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import betaincinv, ndtri

from annotation.agreement.votes import Floats


@dataclass(frozen=True, slots=True)
class Interval:
    estimate: float
    low: float
    high: float


def wilson(successes: float, trials: float, *, level: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion: honest for few trials, and never outside 0 to 1."""
    if trials <= 0:
        return Interval(float("nan"), 0.0, 1.0)
    if not 0 <= successes <= trials:
        raise ValueError("successes must lie between 0 and trials")
    z = float(ndtri(0.5 + level / 2))
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z / scale * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return Interval(share, min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)))


def beta_bounds(successes: Floats, failures: Floats, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """The central interval of Beta(successes, failures), for whole arrays."""
    tail = (1 - level) / 2
    alpha = np.maximum(successes, 1e-9)
    beta = np.maximum(failures, 1e-9)
    return betaincinv(alpha, beta, tail), betaincinv(alpha, beta, 1 - tail)


def wilson_bounds(successes: Floats, failures: Floats, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """`wilson` for whole arrays: a hundredth of the time of `beta_bounds`."""
    z = float(ndtri(0.5 + level / 2))
    trials = np.maximum(successes + failures, 1e-9)
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z / scale * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
