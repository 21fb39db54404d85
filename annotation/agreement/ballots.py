"""Votes laid out for the fits that give each annotator a confusion matrix: sorted once, multiplied often."""

import numpy as np
from scipy.sparse import csr_matrix

from annotation.agreement.votes import UNKNOWN, Floats, Ints, Votes, fix_known

# Equal sums that were added up in another order differ in the sixteenth digit. An iteration can blow such a difference
# up until a tie falls one way or the other, so probabilities are kept to this many digits while a fit is running.
DIGITS = 10


class Ballots:
    """`votes` as two sparse tables of ones: items × (annotator, label), and the same the other way round."""

    def __init__(self, votes: Votes) -> None:
        self.votes = votes
        self.columns: Ints = votes.annotators * votes.n_classes + votes.labels
        width = votes.n_annotators * votes.n_classes
        ones = np.ones(len(votes))
        # Built through COO: its counting sorts take a fifth of the time of sorting the votes.
        self.of_items = csr_matrix((ones, (votes.items, self.columns)), shape=(votes.n_items, width))
        self.of_annotators = self.of_items.T.tocsr()
        counts = votes.votes_per_item()
        # What the crowd is like is learned from items that were voted on and were not put there by hand.
        self.teaches: Floats = (counts > 0).astype(np.float64)
        if votes.known is not None:
            self.teaches[votes.known != UNKNOWN] = 0.0
        self.is_empty = counts == 0

    def shares(self) -> Floats:
        """The vote, as probabilities: where every fit begins."""
        counts = self.votes.table()
        total = counts.sum(axis=1, keepdims=True)
        even = np.full_like(counts, 1 / self.votes.n_classes)
        return fix_known(np.divide(counts, total, out=even, where=total > 0), self.votes.known)

    def counts(self, posterior: Floats) -> Floats:
        """[annotator, label, class]: how often each annotator gave this label where the class is right."""
        size = self.votes.n_classes
        counted: Floats = (self.of_annotators @ posterior).reshape(self.votes.n_annotators, size, size)
        return counted

    def scores(self, log_rows: Floats) -> Floats:
        """Per item and class the sum of log P(label | class) over its votes."""
        summed: Floats = self.of_items @ log_rows.reshape(-1, self.votes.n_classes)
        return summed

    def class_logs(self, posterior: Floats, pseudo: float) -> Floats:
        """How common each class is, as logarithms; `pseudo` imagined items of every class keep small sets sober."""
        common = self.teaches @ posterior + pseudo
        logs: Floats = np.log(common / common.sum())
        return logs

    def settle(self, scores: Floats) -> Floats:
        """Scores to probabilities. An item without votes stays undecided; a gold item keeps its label."""
        scores -= _along_rows(np.maximum, scores)[:, None]
        np.exp(scores, out=scores)
        scores /= _along_rows(np.add, scores)[:, None]
        np.round(scores, DIGITS, out=scores)
        scores[self.is_empty] = 1 / self.votes.n_classes
        return fix_known(scores, self.votes.known)


def _along_rows(operation: np.ufunc, table: Floats) -> Floats:
    """`operation.reduce(table, axis=1)`, column by column: tables here are long and narrow, where that is faster."""
    result: Floats = table[:, 0].copy()
    for column in range(1, table.shape[1]):
        operation(result, table[:, column], out=result)
    return result
