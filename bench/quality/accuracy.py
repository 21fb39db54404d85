"""Acceptance 1: every method on every set, and the default beside them."""

from collections.abc import Iterator, Sequence
from time import process_time
from typing import Any

import numpy as np

from annotation.agreement.methods import METHODS
from bench.quality.crowds import crowds

MOST_BELOW_THE_VOTE = 0.01


def bench(sets: Sequence[str], seeds: int) -> Iterator[dict[str, Any]]:
    table: list[dict[str, float]] = []
    for crowd in crowds(sets):
        reached, seconds = {}, {}
        for name, method in METHODS.items():
            start = process_time()
            reached[name] = round(crowd.accuracy(method(crowd.votes).posterior), 4)
            seconds[name] = round(process_time() - start, 3)
        table.append(reached)
        yield {
            "set": crowd.name,
            "accuracy": reached,
            "cpu_s": seconds,
            "auto_above_vote": round(reached["auto"] - reached["majority"], 4),
            "within_budget": reached["auto"] >= reached["majority"] - MOST_BELOW_THE_VOTE,
        }
    if table:
        mean = {name: round(float(np.mean([row[name] for row in table])), 4) for name in METHODS}
        others = max(value for name, value in mean.items() if name != "auto")
        yield {"set": "mean", "accuracy": mean, "best_single": others, "within_budget": mean["auto"] > others}
