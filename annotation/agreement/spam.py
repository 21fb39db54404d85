"""Annotators whose answers say nothing about the items: always the same one, at random, or as the classes are spread.

Agreement cannot tell them from honest people on unbalanced projects, where always giving the commonest class agrees
well. A confusion matrix can: the answers of a spammer are the same whatever is right.
"""

import numpy as np
from numpy.typing import NDArray

from annotation.agreement.hierarchy import Matrices
from annotation.agreement.policy import informations
from annotation.agreement.votes import Floats, Ints

Bools = NDArray[np.bool_]

# Flagged is who tells less than this share of what a newcomer to the project is expected to tell …
LEAST_SHARE = 0.2
# … and only after so many answers: before that his matrix is mostly the crowd's.
ANSWERS = 20


def spammer_score(rows: Floats) -> Floats:
    """Raykar and Yu's score, 0 for a spammer and 1 for someone never wrong; rows are [annotator, label, class].

    The mean over pairs of classes of half the squared distance between how the two are answered.
    """
    classes = rows.shape[2]
    squares = (rows**2).sum(axis=(1, 2))
    together = (rows.sum(axis=2) ** 2).sum(axis=1)
    score: Floats = (classes * squares - together) / (classes * (classes - 1))
    return score


def information_gain(crowd: Matrices) -> Floats:
    """How much of what there is to know about an item one answer tells, between 0 and 1."""
    beliefs = np.tile(crowd.classes, (len(crowd.rows), 1))
    unknown = -(crowd.classes * np.log(crowd.classes)).sum()
    gained: Floats = informations(beliefs, crowd.rows) / unknown
    return gained


def is_uninformative(crowd: Matrices, answers: Ints) -> Bools:
    gained = information_gain(crowd)
    typical = np.average(gained, weights=np.maximum(answers, 1e-9)) if len(gained) else 0.0
    flagged: Bools = (gained < LEAST_SHARE * typical) & (answers >= ANSWERS)
    return flagged
