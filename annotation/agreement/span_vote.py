"""The plain vote of the tokens, to compare with: every token has the tag that most gave it."""

import numpy as np

from annotation.agreement.chain import Chances
from annotation.agreement.spans import Marked, SpanFit, expected_spans, known_tags, tag_shares
from annotation.agreement.tags import Span, kinds_of_tags, types_of_tags
from annotation.agreement.votes import Floats, Ints


def vote_spans(given: Marked) -> SpanFit:
    """A tie goes to the tag listed first, so to O. A span's probability is the least share among its tokens."""
    shares = tag_shares(given, known_tags(given))
    rows: list[tuple[int, int, int, int, float]] = []
    for text, (begin, end) in enumerate(zip(given.starts[:-1].tolist(), given.starts[1:].tolist(), strict=True)):
        best = shares[begin:end].max(axis=1, initial=0.0)
        for span in _read(shares[begin:end].argmax(axis=1), given.n_types):
            rows.append((text, span.first, span.last, span.type, float(best[span.first : span.last].min())))
    columns = [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.zeros(0, dtype=np.int64)] * 5
    candidates = Chances.of(columns)
    return SpanFit(shares, candidates, expected_spans(given, shares), *_judged(given, candidates))


def _read(tags: Ints, n_types: int) -> list[Span]:
    """Where an inside follows nothing of its type, the span begins there."""
    kinds, types = kinds_of_tags(n_types)[tags], types_of_tags(n_types)[tags]
    before = np.concatenate([[-1], types[:-1]])
    starts = np.flatnonzero((kinds == 1) | ((kinds == 2) & (types != before)))
    stops = np.flatnonzero(np.concatenate([(types[1:] != types[:-1]) | (kinds[1:] == 1), [True]])[: len(tags)]) + 1
    ends = stops[np.searchsorted(stops, starts, side="right")] if len(starts) else starts
    return [
        Span(first, last, type_)
        for first, last, type_ in zip(starts.tolist(), ends.tolist(), types[starts].tolist(), strict=True)
    ]


def _judged(given: Marked, found: Chances) -> tuple[Floats, Floats, Floats]:
    per_text: dict[int, set[Span]] = {}
    columns = (found.texts.tolist(), found.firsts.tolist(), found.lasts.tolist(), found.types.tolist())
    for text, first, last, type_ in zip(*columns, strict=True):
        per_text.setdefault(text, set()).add(Span(first, last, type_))
    right, marked, there = (np.zeros(given.n_workers) for _ in range(3))
    for text, worker, spans in zip(given.texts.tolist(), given.workers.tolist(), given.spans, strict=True):
        truth = per_text.get(text, set())
        right[worker] += len(truth & set(spans))
        marked[worker] += len(spans)
        there[worker] += len(truth)
    return right, marked, there
