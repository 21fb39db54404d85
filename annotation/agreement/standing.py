"""What a decided posterior says of the annotators who made it."""

import numpy as np

from annotation.agreement.crowd import STRENGTH
from annotation.agreement.intervals import wilson_bounds
from annotation.agreement.votes import Fit, Floats, Votes, sum_per


def fit_from_posterior(method: str, votes: Votes, posterior: Floats, iterations: int, accuracy: float) -> Fit:
    """Reliability is the expected share of right answers, drawn towards the crowd by STRENGTH answers.

    An annotator's own votes are in the posterior, so it flatters whoever votes where few others do; one_coin.py has
    the estimate that does not.
    """
    correct = sum_per(votes.annotators, posterior.ravel()[votes.cells], votes.n_annotators)
    answers = np.bincount(votes.annotators, minlength=votes.n_annotators).astype(np.float64)
    right = correct + STRENGTH * accuracy
    wrong = np.maximum(answers - correct, 0.0) + STRENGTH * (1 - accuracy)
    low, high = wilson_bounds(right, wrong)
    return Fit(
        method=method,
        posterior=posterior,
        reliability=right / (right + wrong),
        reliability_low=low,
        reliability_high=high,
        correct=correct,
        evidence=answers,
        crowd_accuracy=accuracy,
        iterations=iterations,
    )
