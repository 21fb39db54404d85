"""A confusion matrix for each annotator: Dawid-Skene, and its Bayesian form iBCC.

Both alternate between what each item is and how each annotator errs. Dawid-Skene takes the most likely matrices,
with a few imagined answers on them that are as good as the crowd's; iBCC averages over all matrices (variational
Bayes), so that a row that was seen twice counts for less than one seen two hundred times.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import digamma

from annotation.agreement.ballots import Ballots
from annotation.agreement.crowd import STRENGTH, crowd_accuracy
from annotation.agreement.standing import fit_from_posterior
from annotation.agreement.votes import Fit, Floats, Votes

MAX_ITERATIONS = 100
TOLERANCE = 1e-4
# iBCC's prior: one imagined answer for every cell, and one more where it is right.
OFF_DIAGONAL, DIAGONAL = 1.0, 2.0


def dawid_skene(votes: Votes, *, max_iterations: int = MAX_ITERATIONS, tolerance: float = TOLERANCE) -> Fit:
    accuracy = crowd_accuracy(votes)
    prior = np.full((votes.n_classes, votes.n_classes), STRENGTH * (1 - accuracy) / (votes.n_classes - 1))
    np.fill_diagonal(prior, STRENGTH * accuracy)
    posterior, iterations = _iterate(Ballots(votes), prior, np.log, max_iterations, tolerance)
    return fit_from_posterior("dawid_skene", votes, posterior, iterations, accuracy)


def ibcc(votes: Votes, *, max_iterations: int = MAX_ITERATIONS, tolerance: float = TOLERANCE) -> Fit:
    prior = np.full((votes.n_classes, votes.n_classes), OFF_DIAGONAL)
    np.fill_diagonal(prior, DIAGONAL)
    posterior, iterations = _iterate(Ballots(votes), prior, digamma, max_iterations, tolerance)
    return fit_from_posterior("ibcc", votes, posterior, iterations, crowd_accuracy(votes))


def _iterate(
    ballots: Ballots, prior: Floats, log: Callable[[Floats], Floats], max_iterations: int, tolerance: float
) -> tuple[Floats, int]:
    posterior = ballots.shares()
    for iteration in range(1, max_iterations + 1):
        counts = ballots.counts(posterior)
        counts += prior
        scores = ballots.scores(log(counts) - log(counts.sum(axis=1, keepdims=True)))
        common = ballots.teaches @ posterior + 1
        scores += log(common) - log(common.sum(keepdims=True))
        previous, posterior = posterior, ballots.settle(scores)
        previous -= posterior
        if max(previous.max(initial=0.0), -previous.min(initial=0.0)) < tolerance:
            return posterior, iteration
    return posterior, max_iterations
