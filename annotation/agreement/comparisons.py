"""Which of two is better, said by many: scores of everything compared, and how far each person can be trusted.

Bradley and Terry: the chance that a comes before b is the logistic function of the difference of their scores. Scores
are believed to lie about nought, as widely as the comparisons show them to.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import spsolve
from scipy.special import expit, ndtr

from annotation.agreement.votes import Floats, Ints, sum_per

MAX_NEWTON = 50
TOLERANCE = 1e-8
# Up to so many things compared, how sure each difference is is worked out whole; above, thing by thing.
MOST_DENSE = 2000
LEAST_SPREAD, MOST_SPREAD = 0.01, 25.0


@dataclass(frozen=True)
class Comparisons:
    """Row r says: `annotators[r]` put `firsts[r]` before `seconds[r]` with `shares[r]` of his say on the two, which
    is `weights[r]` comparisons' worth (a ranking gives many pairs that hang together)."""

    firsts: Ints
    seconds: Ints
    annotators: Ints
    shares: Floats
    weights: Floats
    n_things: int
    n_annotators: int

    def __len__(self) -> int:
        return len(self.firsts)


@dataclass(frozen=True, slots=True)
class Scores:
    """`covariance` is a matrix, or only its diagonal where there are many things."""

    values: Floats
    covariance: Floats
    spread: float

    def doubt(self, firsts: Ints, seconds: Ints) -> Floats:
        """The variance of differences."""
        if self.covariance.ndim == 1:
            return self.covariance[firsts] + self.covariance[seconds]
        own = np.diagonal(self.covariance)
        doubt: Floats = own[firsts] + own[seconds] - 2 * self.covariance[firsts, seconds]
        return np.maximum(doubt, 1e-12)

    def chance_above(self, firsts: Ints, seconds: Ints) -> Floats:
        """That the first's score really is the higher of the two."""
        away = (self.values[firsts] - self.values[seconds]) / np.sqrt(self.doubt(firsts, seconds))
        return ndtr(away)

    def chance_chosen(self, firsts: Ints, seconds: Ints) -> Floats:
        """That somebody who can tell says so, the doubt about the scores allowed for (MacKay's approximation)."""
        away = self.values[firsts] - self.values[seconds]
        chance: Floats = expit(away / np.sqrt(1 + np.pi / 8 * self.doubt(firsts, seconds)))
        return chance


def score(comparisons: Comparisons, before: Floats, after: Floats, steep: Floats, start: Scores | None) -> Scores:
    """The likeliest scores when row r says first-before-second `before[r]` times and the other way `after[r]` times.

    `steep` stretches the difference for who told it: a row follows the logistic of steep × difference.
    """
    values = np.zeros(comparisons.n_things) if start is None else start.values
    spread = 1.0 if start is None else start.spread
    firsts, seconds = comparisons.firsts, comparisons.seconds
    for _ in range(MAX_NEWTON):
        chance = expit(steep * (values[firsts] - values[seconds]))
        pull = steep * (before * (1 - chance) - after * chance)
        slope = steep**2 * (before + after) * chance * (1 - chance)
        gradient = _sums(comparisons, pull, -pull) - values / spread
        step = _solved(_laplacian(comparisons, slope), 1 / spread, gradient)
        # A step of several units is more than a logistic curve can be trusted for.
        step /= max(1.0, float(np.abs(step).max(initial=0.0)) / 4)
        values = values + step
        if np.abs(step).max(initial=0.0) < TOLERANCE:
            break
    covariance = _covariance(_laplacian(comparisons, slope), 1 / spread)
    own = covariance if covariance.ndim == 1 else np.diagonal(covariance)
    learned = float((values**2 + own).mean()) if len(values) else 1.0
    return Scores(values, covariance, min(max(learned, LEAST_SPREAD), MOST_SPREAD))


def bradley_terry(comparisons: Comparisons) -> Scores:
    """Everybody is believed alike."""
    before, after = comparisons.weights * comparisons.shares, comparisons.weights * (1 - comparisons.shares)
    scores: Scores | None = None
    for _ in range(50):
        previous = None if scores is None else scores.spread
        scores = score(comparisons, before, after, np.ones(len(comparisons)), scores)
        if previous is not None and abs(scores.spread - previous) < 1e-4 * scores.spread:
            break
    assert scores is not None
    return scores


def _sums(comparisons: Comparisons, to_firsts: Floats, to_seconds: Floats) -> Floats:
    size = comparisons.n_things
    return sum_per(comparisons.firsts, to_firsts, size) + sum_per(comparisons.seconds, to_seconds, size)


def _laplacian(comparisons: Comparisons, slope: Floats) -> coo_matrix:
    firsts, seconds, size = comparisons.firsts, comparisons.seconds, comparisons.n_things
    entries = np.concatenate([slope, slope, -slope, -slope])
    rows = np.concatenate([firsts, seconds, firsts, seconds])
    columns = np.concatenate([firsts, seconds, seconds, firsts])
    return coo_matrix((entries, (rows, columns)), shape=(size, size))


def _solved(matrix: coo_matrix, ridge: float, aim: NDArray[np.float64]) -> Floats:
    size = matrix.shape[0]
    if size <= MOST_DENSE:
        solved: Floats = np.linalg.solve(matrix.toarray() + ridge * np.eye(size), aim)
        return solved
    sparse: Floats = spsolve((matrix.tocsc() + ridge * diags(np.ones(size), format="csc")), aim)
    return sparse


def _covariance(matrix: coo_matrix, ridge: float) -> Floats:
    size = matrix.shape[0]
    if size <= MOST_DENSE:
        inverse: Floats = np.linalg.inv(matrix.toarray() + ridge * np.eye(size))
        return inverse
    # What a thing's own comparisons say of it, as if those it was compared with were known.
    alone: Floats = 1 / (matrix.tocsr().diagonal() + ridge)
    return alone
