"""One-coin Dawid-Skene with leave-one-out reliabilities, for a whole project at once.

Each annotator has one number, the chance that an answer is right; wrong answers fall evenly on the other classes.
The plain EM feeds on itself: an annotator's own vote makes the consensus that then praises the vote. Here a vote is
compared with what the *other* votes on the item say, and the comparison allows for their not being sure either: an
annotator's accuracy is the slope that best explains how often he agrees, given how sure the others were.
docs/algorithms/consensus.md has the formulas and a worked table.
"""

import numpy as np
from scipy.sparse import csr_matrix

from annotation.agreement.crowd import HIGHEST, LOWEST, STRENGTH, crowd_accuracy, vote_weights
from annotation.agreement.intervals import beta_bounds
from annotation.agreement.votes import UNKNOWN, Fit, Floats, Votes, fix_known, sum_per

MAX_ITERATIONS = 100
TOLERANCE = 1e-4


def one_coin(votes: Votes) -> Fit:
    """All classes are taken as equally common beforehand.

    Learning how common they are looks wiser and is not: people who err towards one class then raise its prior,
    which confirms them (measured: 14 points lost on bluebird, 4 on adult, against 2 won on zencrowd_in).
    """
    problem = _Problem(votes)
    accuracy = np.full(votes.n_annotators, problem.crowd_accuracy)
    iterations, moved = 0, 1.0
    while moved >= TOLERANCE and iterations < MAX_ITERATIONS:
        previous, accuracy = accuracy, problem.accuracy(problem.evidence(problem.posterior(accuracy), accuracy))
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
        starts = np.zeros(votes.n_items * votes.n_classes + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.cells, minlength=votes.n_items * votes.n_classes), out=starts[1:])
        self.ballots = csr_matrix(
            (np.ones(len(votes)), self.annotators, starts), shape=(len(starts) - 1, votes.n_annotators)
        )
        self.items = votes.items[order]
        self.is_known = self.is_right = None
        if votes.known is not None:
            truth = votes.known[self.items]
            self.is_known = truth != UNKNOWN
            self.is_right = (truth == votes.labels[order]).astype(np.float64)

    def posterior(self, accuracy: Floats) -> Floats:
        weights = vote_weights(accuracy, self.votes.n_classes)
        scores = (self.ballots @ weights).reshape(self.votes.n_items, self.votes.n_classes)
        scores -= scores.max(axis=1, keepdims=True, initial=-np.inf)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return fix_known(scores, self.votes.known)

    def evidence(self, posterior: Floats, accuracy: Floats) -> tuple[Floats, Floats]:
        """Per annotator (expected right answers, what they are worth in answers checked against gold)."""
        agreed, sure = self._compare(posterior, accuracy)
        size = self.votes.n_annotators
        return sum_per(self.annotators, agreed * sure, size), sum_per(self.annotators, sure * sure, size)

    def _compare(self, posterior: Floats, accuracy: Floats) -> tuple[Floats, Floats]:
        """For each vote: agreement with the others beyond chance, and the most that it could be beyond chance.

        Both are 0 when the others know nothing. On a gold item they are 1 or 0, and 1.
        """
        wrong = self.votes.n_classes - 1
        mine = posterior.ravel()[self.cells]
        without = mine * np.exp(-vote_weights(accuracy, self.votes.n_classes))[self.annotators]
        total = 1 - mine + without
        squares = (posterior * posterior).sum(axis=1)[self.items]
        others_right = (squares - mine * mine + without * without) / (total * total)
        chance = (1 - others_right) / wrong
        agreed, sure = without / total - chance, others_right - chance
        if self.is_known is not None:
            agreed = np.where(self.is_known, self.is_right, agreed)
            sure = np.where(self.is_known, 1.0, sure)
        return agreed, sure

    def accuracy(self, evidence: tuple[Floats, Floats]) -> Floats:
        correct, worth = evidence
        drawn: Floats = (correct + STRENGTH * self.crowd_accuracy) / (worth + STRENGTH)
        return np.clip(drawn, LOWEST, HIGHEST)

    def fit(self, accuracy: Floats, iterations: int) -> Fit:
        posterior = self.posterior(accuracy)
        correct, worth = self.evidence(posterior, accuracy)
        right = accuracy * (worth + STRENGTH)
        low, high = beta_bounds(right, worth + STRENGTH - right)
        return Fit(
            method="one_coin",
            posterior=posterior,
            reliability=accuracy,
            reliability_low=low,
            reliability_high=high,
            correct=correct,
            evidence=worth,
            crowd_accuracy=self.crowd_accuracy,
            iterations=iterations,
        )
