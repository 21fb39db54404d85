"""Whether "sure to 90 %" means right nine times in ten; and mending it where it does not, on items that are known."""

from dataclasses import dataclass
from math import exp, log

import numpy as np

from annotation.agreement.intervals import Interval, wilson
from annotation.agreement.votes import Floats, Ints

# Temperatures are believed to lie about 1, by a factor of e^±0.5, until the probes say otherwise.
SPREAD = 0.5
COLDEST, HOTTEST = 0.2, 5.0
LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar of a reliability diagram: what was said, and what turned out (with Wilson's interval)."""

    low: float
    high: float
    said: float
    right: Interval
    count: int


def reliability_diagram(confidence: Floats, is_right: Floats, *, bins: int = 10) -> list[Bin]:
    """Equal steps from 0 to 1; a step that nothing falls into is left out."""
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    return [
        Bin(
            number / bins,
            (number + 1) / bins,
            float(confidence[place == number].mean()),
            wilson(float(is_right[place == number].sum()), float((place == number).sum())),
            int((place == number).sum()),
        )
        for number in np.unique(place).tolist()
    ]


def calibration_error(diagram: list[Bin]) -> float:
    """How far what was said lies from what turned out, on average over the items."""
    total = sum(bar.count for bar in diagram)
    return sum(bar.count * abs(bar.said - bar.right.estimate) for bar in diagram) / total if total else 0.0


def cooled(posterior: Floats, temperature: float) -> Floats:
    """The same order of the classes, more sure (below 1) or less sure (above)."""
    scores = np.log(np.maximum(posterior, LEAST)) / temperature
    scores -= scores.max(axis=1, keepdims=True, initial=-np.inf)
    chances = np.exp(scores)
    cool: Floats = chances / chances.sum(axis=1, keepdims=True)
    return cool


def fitted_temperature(posterior: Floats, truth: Ints) -> float:
    """The temperature under which the known answers are likeliest: a golden-section search, 1 without probes."""
    rows = np.arange(len(truth))

    def loss(logarithm: float) -> float:
        chances = cooled(posterior, exp(logarithm))[rows, truth]
        return float(-np.log(np.maximum(chances, LEAST)).sum() + logarithm**2 / (2 * SPREAD**2))

    low, high = log(COLDEST), log(HOTTEST)
    golden = (5**0.5 - 1) / 2
    for _ in range(40):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return exp((low + high) / 2)


@dataclass(frozen=True, slots=True)
class Steps:
    """An isotonic calibration: `right[n]` is the share right about the confidence `said[n]`, both rising."""

    said: Floats
    right: Floats

    def apply(self, confidence: Floats) -> Floats:
        calibrated: Floats = np.interp(confidence, self.said, self.right) if len(self.said) else confidence
        return calibrated


def isotonic(confidence: Floats, is_right: Floats) -> Steps:
    """Pool adjacent violators: the rising function of the confidence that lies nearest to what turned out.

    For many probes (hundreds); with few it follows chance, and a temperature is the better cure.
    """
    order = np.argsort(confidence, kind="stable")
    blocks: list[list[float]] = []  # sum of right, sum of confidence, count
    for said, right in zip(confidence[order].tolist(), is_right[order].tolist(), strict=True):
        blocks.append([float(right), said, 1.0])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][2] >= blocks[-1][0] * blocks[-2][2]:
            last = blocks.pop()
            blocks[-1] = [mine + theirs for mine, theirs in zip(blocks[-1], last, strict=True)]
    table = np.array(blocks).reshape(-1, 3)
    return Steps(table[:, 1] / table[:, 2], table[:, 0] / table[:, 2])
