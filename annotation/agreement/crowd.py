"""What is assumed of an annotator before he has shown anything: he is like the crowd he works in."""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from annotation.agreement.votes import Floats, Votes

# A new crowd is taken to be right three times in four, with the weight of 20 compared pairs of answers.
DEFAULT_ACCURACY = 0.75
DEFAULT_PAIRS = 20.0
# An annotator's own record outweighs the crowd's after this much evidence.
STRENGTH = 4.0
# No record makes an annotator certain or hopeless: one vote never decides by itself.
LOWEST, HIGHEST = 0.01, 0.99


@dataclass(frozen=True, slots=True)
class Standing:
    """An annotator's record on one field, in answers' worth of gold: so many right among so much evidence."""

    correct: float = 0.0
    evidence: float = 0.0

    def accuracy(self, crowd_accuracy: float) -> float:
        drawn = (self.correct + STRENGTH * crowd_accuracy) / (self.evidence + STRENGTH)
        return min(max(drawn, LOWEST), HIGHEST)


def vote_weight(accuracy: float, n_classes: int) -> float:
    """The log-odds that a vote of this accuracy adds to the class it names: one-coin, errors spread evenly."""
    bounded = min(max(accuracy, LOWEST), HIGHEST)
    return log(bounded * (n_classes - 1) / (1 - bounded))


def expected_agreement(accuracy: float, n_classes: int) -> float:
    """How often two annotators of this accuracy agree, errors spread evenly."""
    return accuracy**2 + (1 - accuracy) ** 2 / (n_classes - 1)


def accuracy_from_agreement(agreeing: float, pairs: float, n_classes: int) -> float:
    """The crowd's accuracy that explains how often two answers to one item agree (a moment estimate).

    It needs no consensus, so no annotator's weight can feed on itself. Few pairs are drawn towards the default.
    """
    default = expected_agreement(DEFAULT_ACCURACY, n_classes)
    agreement = (agreeing + DEFAULT_PAIRS * default) / (pairs + DEFAULT_PAIRS)
    wrong = n_classes - 1
    inside = 1 / wrong**2 - (1 + 1 / wrong) * (1 / wrong - agreement)
    accuracy = (1 / wrong + sqrt(max(inside, 0.0))) / (1 + 1 / wrong)
    # Never at chance or below: a crowd that knows nothing would make every vote weigh nothing, or count backwards.
    return min(max(accuracy, 1 / n_classes + 0.05), HIGHEST)


def crowd_accuracy(votes: Votes) -> float:
    counts = votes.table()
    per_item = counts.sum(axis=1)
    agreeing = float((counts * (counts - 1)).sum())
    pairs = float((per_item * (per_item - 1)).sum())
    return accuracy_from_agreement(agreeing / 2, pairs / 2, votes.n_classes)


def vote_weights(accuracy: Floats, n_classes: int) -> Floats:
    """`vote_weight` for an array."""
    bounded = np.clip(accuracy, LOWEST, HIGHEST)
    weights: Floats = np.log(bounded * (n_classes - 1) / (1 - bounded))
    return weights
