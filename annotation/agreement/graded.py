"""Confidence in answers that can be partly right (drawings, spans, transcripts) or wrong together (pairs), made true by
tasks whose answer is known.

What is stated there is an expected score from 0 to 1: the F1 of a drawing, the share of words that are right, the
chance that the better one was named. It speaks of what somebody saw. What nobody saw, or what all heard wrongly alike,
leaves no trace in the answers, so no resampling of them can mend it; only known answers can.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from annotation.agreement.votes import Floats

# The curve is believed to be the straight one until the probes say otherwise: slope 1 by a factor of e^±0.5, and no
# shift, by one and a half (in log odds: from .9 to .67 or .98).
SLOPE_SPREAD, SHIFT_SPREAD = 0.5, 1.5
LEAST, MOST = 0.005, 0.995
MAX_NEWTON = 50


@dataclass(frozen=True, slots=True)
class Curve:
    """logit(true) = shift + e^steep · logit(said): rising, so that whoever was surer stays surer."""

    shift: float = 0.0
    steep: float = 0.0

    def apply(self, said: Floats) -> Floats:
        """What is certain is not moved: it is known, or everybody agreed that there is nothing."""
        bent: Floats = expit(self.shift + np.exp(self.steep) * logit(np.clip(said, LEAST, MOST)))
        return bent if self != STRAIGHT else said


STRAIGHT = Curve()


def fitted_curve(said: Sequence[float] | Floats, scores: Sequence[float] | Floats) -> Curve:
    """The likeliest curve when what was said to be `said` got `scores`: cross-entropy, which means are the best of."""
    stated = logit(np.clip(np.asarray(said, dtype=np.float64), LEAST, MOST))
    got = np.asarray(scores, dtype=np.float64)
    if not len(stated):
        return STRAIGHT
    shift = steep = 0.0
    for _ in range(MAX_NEWTON):
        slope = float(np.exp(steep))
        chance = expit(shift + slope * stated)
        pull, weight = got - chance, chance * (1 - chance)
        gradient = np.array(
            [pull.sum() - shift / SHIFT_SPREAD**2, (pull * stated).sum() * slope - steep / SLOPE_SPREAD**2]
        )
        across = (weight * stated).sum() * slope
        bend = np.array(
            [
                [weight.sum() + 1 / SHIFT_SPREAD**2, across],
                [across, (weight * stated**2).sum() * slope**2 + 1 / SLOPE_SPREAD**2],
            ]
        )
        step = np.clip(np.linalg.solve(bend, gradient), -0.5, 0.5)
        shift, steep = shift + float(step[0]), steep + float(step[1])
        if np.abs(step).max() < 1e-9:
            break
    return Curve(shift, steep)
