"""Spans from several people: a hidden chain of tags, and how each worker marks them.

The fit goes to and fro between the tags (chain.py) and the workers (span_crowd.py). Then the spans are chosen that are
expected to have the highest F1, and not those that are each more likely than not: most people overlook more than they
invent.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.agreement.ballots import DIGITS
from annotation.agreement.chain import Chances, Prior, Swept, batches, chances_of, likely_spans, sweep
from annotation.agreement.span_crowd import Moves, SpanCrowd, moves_of
from annotation.agreement.tags import Span, begin_of, kinds_of_tags, may_follow, number_of_tags, tags_of
from annotation.agreement.votes import Floats, Ints, sum_per

# The chain is surer than it ought to be, since people err together; the share of those who marked just this span is
# neither. As in the committee for classes (auto.py) the vote has a third.
VOTE = 1 / 3
MAX_ITERATIONS = 40
TOLERANCE = 1e-3
# Imagined steps from tag to tag that are like those of all types together.
STEP_STRENGTH = 20.0
# What counts as impossible against what was said, so that no single row of moves rules anything out.
LEAST = 1e-9
# A worker is like the crowd until so many spans spoke for or against him.
RELIABILITY_STRENGTH = 8.0


@dataclass(frozen=True, slots=True)
class Marked:
    """Row a says: worker `workers[a]` marked `spans[a]` in text `texts[a]`; spans do not overlap.

    `lengths[t]` are the tokens of text t; `known[t]` its spans where they are known.
    """

    texts: Ints
    workers: Ints
    spans: Sequence[Sequence[Span]]
    lengths: Ints
    n_workers: int
    n_types: int
    known: dict[int, Sequence[Span]]

    @property
    def starts(self) -> Ints:
        return np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int64)


@dataclass(frozen=True, slots=True)
class SpanFit:
    """`candidates` are all spans with a noteworthy probability; `expected[t]` how many spans text t is expected to
    have. `right` and `marked`, `there` are per worker: spans expected to be right, spans marked, spans to be found."""

    posterior: Floats
    candidates: Chances
    expected: Floats
    right: Floats
    marked: Floats
    there: Floats

    @property
    def crowd_f1(self) -> float:
        return float((2 * self.right.sum() + 1) / (self.marked.sum() + self.there.sum() + 2))

    @property
    def reliability(self) -> Floats:
        """Expected F1 of each worker, as the others see it, drawn towards the crowd's."""
        both: Floats = self.marked + self.there
        drawn: Floats = (2 * self.right + RELIABILITY_STRENGTH * self.crowd_f1) / (both + RELIABILITY_STRENGTH)
        return drawn


def fit_spans(given: Marked) -> SpanFit:
    crowd = SpanCrowd(_moves(given))
    known = known_tags(given)
    posterior = tag_shares(given, known)
    prior = _prior(posterior, _adjacent(given, posterior), given)
    scores = np.zeros_like(posterior)
    for _ in range(MAX_ITERATIONS):
        told = crowd.told(posterior)
        scores = crowd.scores(told)
        previous, steps = posterior, np.zeros_like(prior.then)
        posterior = np.zeros_like(previous)
        for rows, swept in _sweeps(given, scores, known, prior):
            _put(posterior, given, rows, swept.posterior)
            steps += swept.transitions()
        prior = _prior(posterior, steps, given)
        if float(np.abs(posterior - previous).max(initial=0.0)) < TOLERANCE:
            break
    candidates = _candidates(given, scores, known, prior)
    expected = expected_spans(given, posterior)
    return SpanFit(posterior, candidates, expected, *_judged(given, crowd, crowd.told(posterior), known, prior))


def _moves(given: Marked) -> Moves:
    starts = given.starts
    columns: list[tuple[Ints, Ints, Ints, Ints]] = []
    for answer, (text, spans) in enumerate(zip(given.texts.tolist(), given.spans, strict=True)):
        length = int(given.lengths[text])
        moves, within = moves_of(tags_of(spans, length), given.n_types) if length else (np.zeros(0, int),) * 2
        columns.append((np.full(length, answer), starts[text] + np.arange(length), moves, within))
    answers, tokens, moves, within = (np.concatenate(column) for column in zip(*columns, strict=True))
    return Moves(
        answers, tokens, moves, within, given.texts, given.workers, int(starts[-1]), given.n_workers, given.n_types
    )


def known_tags(given: Marked) -> Ints:
    """Per token its tag where it is known, or −1."""
    known = np.full(int(given.starts[-1]), -1)
    for text, spans in given.known.items():
        begin, end = given.starts[text], given.starts[text + 1]
        known[begin:end] = tags_of(spans, int(end - begin))
    return known


def tag_shares(given: Marked, known: Ints) -> Floats:
    """Where the fit begins: the share of the workers who gave each tag."""
    counts = np.zeros((len(known), number_of_tags(given.n_types)))
    for text, spans in zip(given.texts.tolist(), given.spans, strict=True):
        begin, end = int(given.starts[text]), int(given.starts[text + 1])
        counts[np.arange(begin, end), tags_of(spans, end - begin)] += 1
    counts[known >= 0] = 0
    counts[np.flatnonzero(known >= 0), known[known >= 0]] = 1
    shares: Floats = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares


def _adjacent(given: Marked, posterior: Floats) -> Floats:
    is_first = np.zeros(len(posterior) + 1, dtype=bool)
    is_first[given.starts] = True
    inside = np.flatnonzero(~is_first[1 : len(posterior)]) + 1
    steps: Floats = posterior[inside - 1].T @ posterior[inside]
    return steps * may_follow(given.n_types)


def _prior(posterior: Floats, steps: Floats, given: Marked) -> Prior:
    """Steps are counted for each type, and drawn towards what they are like for all types together."""
    n_types, kinds = given.n_types, kinds_of_tags(given.n_types)
    allowed = may_follow(n_types)
    pooled = np.zeros((3, 3))
    np.add.at(pooled, (kinds[:, None], kinds[None, :]), steps)
    pooled[:, 2] += np.array([0.0, 1.0, 1.0])
    pooled[:, :2] += 1.0
    sizes = np.array([1, n_types, 1])
    believed = allowed * (pooled / pooled.sum(axis=1, keepdims=True) / sizes)[kinds[:, None], kinds[None, :]]
    then = (steps + STEP_STRENGTH * believed) * allowed
    first = posterior[given.starts[:-1][given.lengths > 0]].sum(axis=0) + STEP_STRENGTH * believed[0]
    first *= allowed[0]
    return Prior(first / first.sum(), then / then.sum(axis=1, keepdims=True))


def _sweeps(given: Marked, scores: Floats, known: Ints, prior: Prior) -> Iterator[tuple[Ints, Swept]]:
    for rows in batches(given.lengths, scores.shape[1]):
        lengths = given.lengths[rows]
        if lengths.max(initial=0) == 0:
            continue
        yield rows, _swept(given, rows, _padded(given, rows, scores), _padded_known(given, rows, known), prior)


def _places(given: Marked, rows: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """[text, position] → token, and whether it is one."""
    lengths = given.lengths[rows]
    steps = np.arange(int(lengths.max()))
    real = steps < lengths[:, None]
    places: Ints = np.where(real, given.starts[rows][:, None] + steps, 0)
    return places, real


def _padded(given: Marked, rows: Ints, table: Floats) -> Floats:
    places, _ = _places(given, rows)
    padded: Floats = table[places]
    return padded


def _padded_known(given: Marked, rows: Ints, known: Ints) -> Ints:
    places, real = _places(given, rows)
    return np.where(real, known[places], -1)


def _swept(given: Marked, rows: Ints, scores: Floats, known: Ints, prior: Prior) -> Swept:
    likelihoods = np.maximum(np.exp(scores - scores.max(axis=2, keepdims=True)), LEAST)
    is_known = known >= 0
    likelihoods[is_known] = np.eye(scores.shape[2])[known[is_known]]
    return sweep(likelihoods, given.lengths[rows], prior)


def _put(posterior: Floats, given: Marked, rows: Ints, table: Floats) -> None:
    places, real = _places(given, rows)
    posterior[places[real]] = np.round(table[real], DIGITS)


def _candidates(given: Marked, scores: Floats, known: Ints, prior: Prior) -> Chances:
    found = []
    for rows, swept in _sweeps(given, scores, known, prior):
        spans = likely_spans(swept)
        found.append((rows[spans.texts], spans.firsts, spans.lasts, spans.types, np.round(spans.chances, DIGITS)))
    columns = [np.concatenate(column) for column in zip(*found, strict=True)] if found else [np.zeros(0, int)] * 5
    order = np.lexsort((columns[3], columns[2], columns[1], columns[0]))
    return _as_voted(given, Chances.of([column[order] for column in columns]))


def _as_voted(given: Marked, chain: Chances) -> Chances:
    """Only spans that somebody marked just so (or that are known): what is put together of two is hardly ever right."""
    marks = Counter(
        (text, span) for text, spans in zip(given.texts.tolist(), given.spans, strict=True) for span in spans
    )
    columns = (chain.texts.tolist(), chain.firsts.tolist(), chain.lasts.tolist(), chain.types.tolist())
    found = [(text, Span(first, last, type_)) for text, first, last, type_ in zip(*columns, strict=True)]
    is_known = np.isin(chain.texts, list(given.known))
    counts = np.array([marks[each] for each in found], dtype=np.float64)
    voters = np.bincount(given.texts, minlength=len(given.lengths))[chain.texts]
    chances = np.where(is_known, chain.chances, (1 - VOTE) * chain.chances + VOTE * counts / np.maximum(voters, 1))
    kept = is_known | (counts > 0)
    return Chances(chain.texts[kept], chain.firsts[kept], chain.lasts[kept], chain.types[kept], chances[kept])


def expected_spans(given: Marked, posterior: Floats) -> Floats:
    """How many spans each text is expected to have: as many as begin."""
    begins = posterior[:, [begin_of(type_) for type_ in range(given.n_types)]].sum(axis=1)
    texts = np.repeat(np.arange(len(given.lengths)), given.lengths)
    return np.bincount(texts, begins, len(given.lengths)).astype(np.float64)


def _judged(given: Marked, crowd: SpanCrowd, told: Floats, known: Ints, prior: Prior) -> tuple[Floats, Floats, Floats]:
    """Per worker, over texts that others marked too (or that are known): expected right, marked, and to be found, as
    the others have it."""
    scores = crowd.scores(told)
    counts = np.bincount(given.texts, minlength=len(given.lengths))
    is_known = np.isin(np.arange(len(given.lengths)), list(given.known))
    answers = np.flatnonzero(((counts > 1) | is_known)[given.texts] & (given.lengths[given.texts] > 0))
    sizes = np.array([len(spans) for spans in given.spans], dtype=np.float64)
    right, there = np.zeros(len(given.texts)), np.zeros(len(given.texts))
    begins = [begin_of(type_) for type_ in range(given.n_types)]
    row_starts = np.concatenate([[0], np.cumsum(given.lengths[given.texts])]).astype(np.int64)
    for batch in batches(given.lengths[given.texts[answers]], scores.shape[1]):
        mine = answers[batch]
        rows = given.texts[mine]
        places, real = _places(given, rows)
        own = np.where(real, row_starts[mine][:, None] + np.arange(places.shape[1]), 0)
        rest = scores[places] - told[crowd.cell[own]]
        swept = _swept(given, rows, rest, _padded_known(given, rows, known), prior)
        there[mine] = (swept.posterior[:, :, begins].sum(axis=2) * real).sum(axis=1)
        spans = [(place, span) for place, answer in enumerate(mine.tolist()) for span in given.spans[answer]]
        if spans:
            place = np.array([each for each, _ in spans])
            table = np.array([(span.first, span.last, span.type) for _, span in spans])
            right[mine] += np.bincount(place, chances_of(swept, place, *table.T), len(mine))
    judged = np.zeros(len(given.texts))
    judged[answers] = 1
    return (
        sum_per(given.workers, right * judged, given.n_workers),
        sum_per(given.workers, sizes * judged, given.n_workers),
        sum_per(given.workers, there * judged, given.n_workers),
    )
