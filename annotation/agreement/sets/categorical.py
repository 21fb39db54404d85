"""Sets where every task has one of several classes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.agreement.economy import Collection, Policy, collect
from annotation.agreement.fraud import RING, suspicions
from annotation.agreement.methods import METHODS
from annotation.agreement.sets.contract import Answer, Buying, Decided, How, Judged, Resolved, SetRefused
from annotation.agreement.votes import UNKNOWN, Floats, Ints, Votes

TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Table:
    """The answers in numbers. Names are numbered in sorted order, so the order of the rows does not matter."""

    tasks: list[str]
    workers: list[str]
    labels: list[str]
    votes: Votes
    rows: Ints  # which answer each vote was


class Categorical:
    methods = tuple(METHODS)

    def resolve(self, answers: Sequence[Answer], how: How) -> Resolved:
        table = tabulate(answers, how.probes)
        return _resolved(table, table.votes, how)

    def replay(self, answers: Sequence[Answer], how: How, buying: Buying) -> Resolved:
        table = tabulate(answers, how.probes)
        policy = Policy(target=buying.target, minimum=buying.minimum, maximum=buying.maximum)
        collection = Collection(table.votes)
        collect(collection, policy, seed=how.seed)
        bought = [answers[row] for row in table.rows[collection.bought]]
        return _resolved(table, collection.votes(), how, bought)


def tabulate(answers: Sequence[Answer], probes: Mapping[str, str] | None = None) -> Table:
    """One vote per task and worker: of several answers by one person to one task the last one counts."""
    last = {(answer.task, answer.worker): row for row, answer in enumerate(answers)}
    rows = [last[pair] for pair in sorted(last)]
    tasks = _numbered(answer.task for answer in answers)
    workers = _numbered(answer.worker for answer in answers)
    known = {task: label for task, label in (probes or {}).items() if task in tasks}
    labels = _numbered([*(answers[row].label for row in rows), *known.values()])
    if len(labels) < 2:
        # Everybody always gave the same label: a class that nobody chose keeps the arithmetic meaningful.
        labels.setdefault("", len(labels))
    return Table(
        list(tasks),
        list(workers),
        list(labels),
        Votes(
            np.array([tasks[answers[row].task] for row in rows]),
            np.array([workers[answers[row].worker] for row in rows]),
            np.array([labels[answers[row].label] for row in rows]),
            len(tasks),
            len(workers),
            len(labels),
            np.array([labels[known[task]] if task in known else UNKNOWN for task in tasks]) if known else None,
        ),
        np.array(rows),
    )


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(set(names)))}


def _resolved(table: Table, votes: Votes, how: How, bought: Sequence[Answer] | None = None) -> Resolved:
    if how.method not in METHODS:
        raise SetRefused(f"No method is called {how.method!r}.")
    found = suspicions(votes)
    fit = METHODS[how.method](found.trusted)
    chosen = decide(fit.posterior, votes)
    answers = np.bincount(votes.annotators, minlength=votes.n_annotators)
    decided = [
        Decided(task, table.labels[label], float(fit.posterior[number, label]))
        for number, (task, label) in enumerate(zip(table.tasks, chosen, strict=True))
    ]
    judged = [
        # Whose votes were taken away is worth what guessing is worth.
        Judged(
            worker,
            1 / votes.n_classes if RING in found.flags[number] else float(fit.reliability[number]),
            int(answers[number]),
            found.flags[number],
        )
        for number, worker in enumerate(table.workers)
    ]
    return Resolved(decided, judged, bought)


def decide(posterior: Floats, votes: Votes) -> Ints:
    """The likeliest class; a tie goes to the class that is commoner among all votes, then to the first by name."""
    common = np.bincount(votes.labels, minlength=votes.n_classes)
    tied = posterior >= posterior.max(axis=1, keepdims=True, initial=0.0) - TIE
    chosen: Ints = np.argmax(np.where(tied, common + 1, 0), axis=1)
    return chosen
