"""One-coin Dawid-Skene with leave-one-out reliabilities, for a whole project at once.

Each annotator has one number, the chance that an answer is right; wrong answers fall evenly on the other classes.
The plain EM feeds on itself: an annotator's own vote makes the consensus that then praises the vote. Here the
credit for a vote comes from the *other* votes on the item, and the vote itself counts only with the weight of an
average member of the crowd. docs/algorithms/consensus.md has the formulas and a worked table.
"""

import numpy as np
from scipy.sparse import csr_matrix

from annotation.agreement.crowd import STRENGTH, crowd_accuracy, vote_weight, vote_weights
from annotation.agreement.intervals import beta_bounds
from annotation.agreement.votes import UNKNOWN, Fit, Floats, Votes, fix_known, sum_per

MAX_ITERATIONS = 100
TOLERANCE = 1e-4


def one_coin(votes: Votes) -> Fit:
    """All classes are taken as equally common beforehand.

    Learning how common they are looks wiser and is not: people who err towards one class then raise its prior,
    which confirms them (measured: 14 points lost on bluebird, 7 on web, against 3 won on zencrowd_in).
    """
    problem = _Problem(votes)
    accuracy = np.full(votes.n_annotators, problem.crowd_accuracy)
    iterations, moved = 0, 1.0
    while moved >= TOLERANCE and iterations < MAX_ITERATIONS:
        previous, accuracy = accuracy, problem.accuracy(problem.posterior(accuracy), accuracy)
        moved = float(np.abs(accuracy - previous).max(initial=0.0))
        iterations += 1
    return problem.fit(accuracy, iterations)


class _Problem:
    """The votes in the shape that the two steps of the iteration need, made once."""

    def __init__(self, votes: Votes) -> None:
        # Votes in the order of their cells make both steps walk memory forwards.
        order = np.argsort(votes.cells, kind="stable")
        self.votes = votes
        self.cells = votes.cells[order]
        self.annotators = votes.annotators[order]
        self.crowd_accuracy = crowd_accuracy(votes)
        self.crowd_weight = vote_weight(self.crowd_accuracy, votes.n_classes)
        starts = np.zeros(votes.n_items * votes.n_classes + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.cells, minlength=votes.n_items * votes.n_classes), out=starts[1:])
        self.ballots = csr_matrix(
            (np.ones(len(votes)), self.annotators, starts), shape=(len(starts) - 1, votes.n_annotators)
        )
        items, labels = votes.items[order], votes.labels[order]
        self.comparable = (votes.votes_per_item()[items] > 1).astype(np.float64)
        self.known_credit: Floats | None = None
        if votes.known is not None:
            truth = votes.known[items]
            self.known_credit = np.where(truth == UNKNOWN, np.nan, truth == labels)
            self.comparable[truth != UNKNOWN] = 1.0
        self.answers = sum_per(self.annotators, self.comparable, votes.n_annotators)

    def posterior(self, accuracy: Floats) -> Floats:
        weights = vote_weights(accuracy, self.votes.n_classes)
        scores = (self.ballots @ weights).reshape(self.votes.n_items, self.votes.n_classes)
        scores -= scores.max(axis=1, keepdims=True, initial=-np.inf)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return fix_known(scores, self.votes.known)

    def credits(self, posterior: Floats, accuracy: Floats) -> Floats:
        """For each vote the chance that it is right, its own weight exchanged for the crowd's."""
        right = np.clip(posterior.ravel()[self.cells], 1e-12, 1 - 1e-12)
        own = vote_weights(accuracy, self.votes.n_classes)[self.annotators]
        credit = 1 / (1 + (1 - right) / right * np.exp(own - self.crowd_weight))
        if self.known_credit is not None:
            credit = np.where(np.isnan(self.known_credit), credit, self.known_credit)
        return credit * self.comparable

    def accuracy(self, posterior: Floats, accuracy: Floats) -> Floats:
        correct = sum_per(self.annotators, self.credits(posterior, accuracy), self.votes.n_annotators)
        return (correct + STRENGTH * self.crowd_accuracy) / (self.answers + STRENGTH)

    def fit(self, accuracy: Floats, iterations: int) -> Fit:
        right = accuracy * (self.answers + STRENGTH)
        wrong = self.answers + STRENGTH - right
        low, high = beta_bounds(right, wrong)
        return Fit(
            method="one_coin",
            posterior=self.posterior(accuracy),
            reliability=accuracy,
            reliability_low=low,
            reliability_high=high,
            correct=np.maximum(right - STRENGTH * self.crowd_accuracy, 0.0),
            answers=self.answers,
            crowd_accuracy=self.crowd_accuracy,
            iterations=iterations,
        )
