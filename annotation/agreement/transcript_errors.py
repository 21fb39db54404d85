"""How many words each transcript has wrong, from how far the transcripts of one recording lie from one another.

No consensus is needed for that, so nobody's error rate can feed on itself: of two transcripts with errors of their
own the distance is about the sum of both, and three or more sums can be solved for what they are sums of.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotation.agreement.alignment import Sequence32, distances
from annotation.agreement.votes import UNKNOWN, Floats, Ints, sum_per

# In words: a worker's record outweighs the crowd's after so many, and one transcript's own evidence its worker's.
WORKER_STRENGTH = 20.0
ANSWER_STRENGTH = 50.0
LEAST, MOST = 0.01, 0.95


@dataclass(frozen=True, slots=True)
class Transcripts:
    """Row a says: `workers[a]` heard `words[a]` in `tasks[a]`. `known[t]` are the right words of task t, where they are
    known."""

    tasks: Ints
    workers: Ints
    words: Sequence[Sequence32]
    n_tasks: int
    n_workers: int
    known: dict[int, Sequence32]

    @property
    def lengths(self) -> Ints:
        return np.array([len(each) for each in self.words], dtype=np.int64)

    def rows_per_task(self) -> list[Ints]:
        order = np.argsort(self.tasks, kind="stable")
        counts = np.bincount(self.tasks, minlength=self.n_tasks)
        return np.split(order, np.cumsum(counts)[:-1])


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every two transcripts of one task, and how many words they are apart."""

    first: Ints
    second: Ints
    apart: Floats


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Shares of words that are wrong: of each answer, of each worker, of all."""

    answers: Floats
    workers: Floats
    crowd: float


def pairs_within_tasks(given: Transcripts) -> Pairs:
    first, second = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for rows in given.rows_per_task():
        one, other = np.triu_indices(len(rows), 1)
        first.append(rows[one])
        second.append(rows[other])
    left, right = np.concatenate(first), np.concatenate(second)
    apart = distances([given.words[row] for row in left.tolist()], [given.words[row] for row in right.tolist()])
    return Pairs(left, right, apart.astype(np.float64))


def error_rates(given: Transcripts, pairs: Pairs) -> ErrorRates:
    errors, words = _errors(given, pairs), _typical_lengths(given)
    is_judged = errors >= 0
    errors, words = np.where(is_judged, errors, 0.0), np.where(is_judged, words, 0.0)
    crowd = _bounded((errors.sum() + 2.0) / (words.sum() + 20.0))
    worker_errors = sum_per(given.workers, errors, given.n_workers)
    worker_words = sum_per(given.workers, words, given.n_workers)
    workers = _bounded((worker_errors + WORKER_STRENGTH * crowd) / (worker_words + WORKER_STRENGTH))
    answers = _bounded((errors + ANSWER_STRENGTH * workers[given.workers]) / (words + ANSWER_STRENGTH))
    return ErrorRates(answers, workers, float(crowd))


def _errors(given: Transcripts, pairs: Pairs) -> Floats:
    """Wrong words per answer; UNKNOWN where nothing can be compared."""
    size = len(given.words)
    answers = np.bincount(given.tasks, minlength=given.n_tasks)[given.tasks]
    sums = sum_per(pairs.first, pairs.apart, size) + sum_per(pairs.second, pairs.apart, size)
    per_task = sum_per(given.tasks, sums, given.n_tasks)[given.tasks]
    # m answers: an answer's distances add up to (m − 2) e + T, and all of them to 2 (m − 1) T, T being everybody's e.
    everybody = per_task / np.maximum(2 * (answers - 1), 1)
    errors = np.where(answers > 2, (sums - everybody) / np.maximum(answers - 2, 1), sums / 2)
    errors = np.where(answers > 1, np.maximum(errors, 0.0), UNKNOWN)
    judged = np.flatnonzero(np.isin(given.tasks, list(given.known)))
    told = distances(
        [given.words[row] for row in judged.tolist()], [given.known[task] for task in given.tasks[judged].tolist()]
    )
    errors[judged] = told
    return errors


def _typical_lengths(given: Transcripts) -> Floats:
    """Per answer the mean length of its task's transcripts: who writes nothing has not been asked less."""
    lengths = given.lengths
    counts = np.bincount(given.tasks, minlength=given.n_tasks)
    mean = sum_per(given.tasks, lengths.astype(np.float64), given.n_tasks) / np.maximum(counts, 1)
    return np.maximum(mean, 1.0)[given.tasks]


def _bounded(rates: Floats) -> Floats:
    bounded: Floats = np.clip(rates, LEAST, MOST)
    return bounded


def medoids(given: Transcripts, pairs: Pairs, weights: Floats) -> Ints:
    """Per task the answer that lies nearest to the others, each counting with its weight. UNKNOWN: no answers.

    A tie goes to the first by its words, so neither the order of the rows nor the workers' names decide.
    """
    size = len(given.words)
    far = sum_per(pairs.first, pairs.apart * weights[pairs.second], size)
    far += sum_per(pairs.second, pairs.apart * weights[pairs.first], size)
    near = np.round(far, 9).tolist()
    chosen = np.full(given.n_tasks, UNKNOWN)
    for task, rows in enumerate(given.rows_per_task()):
        if len(rows):
            chosen[task] = min(rows.tolist(), key=lambda row: (near[row], given.words[row].tolist()))
    return chosen
