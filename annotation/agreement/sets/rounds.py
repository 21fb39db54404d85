"""Adaptive collection for any kind: in every round each task that is not sure enough gets one answer more.

Between rounds everything is resolved anew from what was bought, and nothing else is looked at.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from annotation.agreement.sets.contract import Answer, Buying, Resolved

# So many workers could take a task at any moment, and the most reliable is asked; on a share of the tasks chance
# decides instead, so that newcomers become known.
AT_HAND = 3
NEWCOMERS = 0.1


def collect_in_rounds(
    answers: Sequence[Answer], buying: Buying, seed: int, resolve: Callable[[Sequence[Answer]], Resolved]
) -> Resolved:
    """`resolve` is given the bought answers, in the order of `answers`."""
    rng = np.random.default_rng(seed)
    waiting = _drawn(answers, rng)
    bought: list[int] = []
    for _ in range(buying.minimum):
        bought += [queue.pop() for _, queue in sorted(waiting.items()) if queue]
    spent = buying.minimum
    while True:
        resolved = resolve([answers[row] for row in sorted(bought)])
        unsure = {row.task for row in resolved.decided if row.confidence < buying.target}
        if buying.maximum is not None and spent >= buying.maximum:
            unsure = set()
        known = {row.worker: row.reliability for row in resolved.judged}
        more = [_ask(answers, waiting[task], known, rng) for task in sorted(unsure) if waiting[task]]
        if not more:
            return replace(resolved, bought=[answers[row] for row in bought])
        bought += more
        spent += 1


def _drawn(answers: Sequence[Answer], rng: np.random.Generator) -> dict[str, list[int]]:
    """Per task the rows that could be bought, in an order that depends on the seed and not on the file."""
    rows = sorted(
        range(len(answers)), key=lambda row: (answers[row].task, answers[row].worker, answers[row].label, row)
    )
    queues: dict[str, list[int]] = defaultdict(list)
    for place in rng.permutation(len(rows)).tolist():
        queues[answers[rows[place]].task].append(rows[place])
    return queues


def _ask(
    answers: Sequence[Answer], queue: list[int], reliability: Mapping[str, float], rng: np.random.Generator
) -> int:
    """Takes one answer from the queue. A worker nobody knows yet is taken to be as good as the middle of the crowd."""
    lucky = rng.random() < NEWCOMERS
    if lucky or len(queue) == 1:
        return queue.pop()
    middle = float(np.median(list(reliability.values())))
    at_hand = range(max(0, len(queue) - AT_HAND), len(queue))
    best = max(at_hand, key=lambda place: (reliability.get(answers[queue[place]].worker, middle), place))
    return queue.pop(best)
