"""Tasks and workers by number: the rows of labels.csv as arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.agreement.sets.contract import Answer
from annotation.agreement.votes import Ints


@dataclass(frozen=True, slots=True)
class Numbering:
    """One row per task and worker, `rows` being its position among the answers: of several answers by one worker to
    one task the last counts. Names are numbered in sorted order, so the order of the rows does not matter."""

    tasks: list[str]
    workers: list[str]
    rows: Ints
    items: Ints
    annotators: Ints


def number(answers: Sequence[Answer]) -> Numbering:
    last = {(answer.task, answer.worker): row for row, answer in enumerate(answers)}
    pairs = sorted(last)
    tasks = numbered(task for task, _ in pairs)
    workers = numbered(worker for _, worker in pairs)
    return Numbering(
        list(tasks),
        list(workers),
        np.array([last[pair] for pair in pairs], dtype=np.int64),
        np.array([tasks[task] for task, _ in pairs], dtype=np.int64),
        np.array([workers[worker] for _, worker in pairs], dtype=np.int64),
    )


def numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(sorted(set(names)))}
