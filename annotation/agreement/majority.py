"""Majority vote: every answer counts the same. The posterior is the share of the votes, ties split evenly."""

import numpy as np

from annotation.agreement.crowd import STRENGTH, crowd_accuracy
from annotation.agreement.intervals import beta_bounds
from annotation.agreement.votes import UNKNOWN, Fit, Floats, Votes, fix_known, sum_per


def majority(votes: Votes) -> Fit:
    """Shares of votes; an item without votes is undecided. Reliability is agreement with the other voters."""
    counts = votes.table()
    total = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, total, out=np.full_like(counts, 1 / votes.n_classes), where=total > 0)
    accuracy = crowd_accuracy(votes)
    agreed, compared = _agreement_with_others(votes, counts)
    right = agreed + STRENGTH * accuracy
    wrong = compared - agreed + STRENGTH * (1 - accuracy)
    low, high = beta_bounds(right, wrong)
    return Fit(
        method="majority",
        posterior=fix_known(shares, votes.known),
        reliability=right / (right + wrong),
        reliability_low=low,
        reliability_high=high,
        correct=agreed,
        evidence=compared,
        crowd_accuracy=accuracy,
        iterations=0,
    )


def _agreement_with_others(votes: Votes, counts: Floats) -> tuple[Floats, Floats]:
    """Per annotator: how often the others' vote went the same way (a tie of theirs counts in part), of how many.

    On a gold item the gold label stands for the others.
    """
    mine = counts.ravel()[votes.cells] - 1
    others = counts[votes.items]
    others[np.arange(len(votes)), votes.labels] -= 1
    best = others.max(axis=1, initial=0.0)
    tied = (others == best[:, None]).sum(axis=1)
    agree = np.where(mine == best, 1 / np.maximum(tied, 1), 0.0)
    comparable = best > 0
    if votes.known is not None:
        truth = votes.known[votes.items]
        agree = np.where(truth == UNKNOWN, agree, truth == votes.labels)
        comparable |= truth != UNKNOWN
    agreed = sum_per(votes.annotators, agree * comparable, votes.n_annotators)
    return agreed, sum_per(votes.annotators, comparable.astype(np.float64), votes.n_annotators)
