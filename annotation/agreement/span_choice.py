"""Which of the likely spans to give: those that together are expected to have the highest F1.

A span is worth giving if it is likelier than half of the F1 that can be had (Lipton, Elkan and Naryanaswamy 2014), and
among spans that overlap those whose surplus over that is greatest together.
"""

from bisect import bisect_right

import numpy as np

from annotation.agreement.chain import Chances
from annotation.agreement.votes import Floats, Ints

ROUNDS = 20


def choose_spans(candidates: Chances, expected: float) -> tuple[Ints, float]:
    """The places of the chosen spans, and their expected F1; `expected` spans are there to be found."""
    reachable = 0.0
    chosen = np.zeros(0, dtype=np.int64)
    for _ in range(ROUNDS):
        chosen = _best_apart(candidates, reachable / 2)
        hits = float(candidates.chances[chosen].sum())
        before, reachable = reachable, 2 * hits / max(len(chosen) + expected, 1e-9)
        if abs(reachable - before) < 1e-6:
            break
    return chosen, reachable


def _best_apart(candidates: Chances, least: float) -> Ints:
    """Spans that do not overlap with the greatest sum of (chance − least), text by text."""
    worth = np.round(candidates.chances - least, 9)
    worthy = np.flatnonzero(worth > 0)
    order = worthy[np.lexsort((candidates.firsts[worthy], candidates.lasts[worthy], candidates.texts[worthy]))]
    edges = np.flatnonzero(np.diff(candidates.texts[order])) + 1
    parts = [_schedule(candidates, worth, group) for group in np.split(order, edges) if len(group)]
    return np.sort(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)


def _schedule(candidates: Chances, worth: Floats, group: Ints) -> Ints:
    """Weighted interval scheduling; `group` is in the order of where its spans end."""
    ends = candidates.lasts[group].tolist()
    best = [0.0]
    fits = [bisect_right(ends, first, hi=place) for place, first in enumerate(candidates.firsts[group].tolist())]
    for place, span in enumerate(group.tolist()):
        best.append(max(best[place], best[fits[place]] + float(worth[span])))
    chosen, place = [], len(group)
    while place:
        if best[place] > best[place - 1]:
            chosen.append(group[place - 1])
            place = fits[place - 1]
        else:
            place -= 1
    return np.array(chosen, dtype=np.int64)


def confidences(candidates: Chances, chosen: Ints, expected: Floats) -> Floats:
    """Per text the F1 that its chosen spans are expected to have; where none is chosen, how likely there is none."""
    texts = len(expected)
    hits = np.bincount(candidates.texts[chosen], candidates.chances[chosen], texts)
    given = np.bincount(candidates.texts[chosen], minlength=texts)
    f1 = 2 * hits / np.maximum(given + expected, 1e-9)
    empty = np.exp(np.bincount(candidates.texts, np.log1p(-np.minimum(candidates.chances, 1 - 1e-9)), texts))
    sure: Floats = np.clip(np.where(given > 0, f1, empty), 0.0, 1.0)
    return sure
