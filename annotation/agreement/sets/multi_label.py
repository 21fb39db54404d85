"""Sets where every task has any number of labels: a label is a JSON list of names, perhaps an empty one.

Every option that somebody chose on a task is a yes-or-no question about that task. Options that all left out are not
asked: they would make everybody look nearly perfect.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.agreement.distance_alpha import distance_alpha, rounded
from annotation.agreement.fraud import suspicions
from annotation.agreement.methods import METHODS
from annotation.agreement.set_distance import jaccard, masi, mean_within, usual
from annotation.agreement.sets.contract import Answer, Buying, Decided, How, Judged, Resolved, SetRefused
from annotation.agreement.sets.numbering import Numbering, number
from annotation.agreement.sets.rounds import collect_in_rounds
from annotation.agreement.votes import UNKNOWN, Floats, Votes

MOST_LABELS = 1000
NO, YES = 0, 1


@dataclass(frozen=True, slots=True)
class Questions:
    """Question q asks whether `options[q]` holds for task `tasks[q]`."""

    tasks: list[int]
    options: list[str]
    votes: Votes


class MultiLabel:
    methods = tuple(METHODS)

    def resolve(self, answers: Sequence[Answer], how: How) -> Resolved:
        if how.method not in METHODS:
            raise SetRefused(f"No method is called {how.method!r}.")
        read = [read_labels(answer.label, place) for place, answer in enumerate(answers)]
        numbering = number(answers)
        chosen = [read[row] for row in numbering.rows]
        known = _known(numbering.tasks, how.probes)
        asked = _questions(numbering, chosen, known)
        found = suspicions(asked.votes)
        fit = METHODS[how.method](found.trusted)
        counts = np.bincount(numbering.annotators, minlength=len(numbering.workers))
        return Resolved(
            _decided(numbering, asked, fit.posterior[:, YES], known),
            [
                Judged(worker, float(fit.reliability[place]), int(counts[place]), found.flags[place])
                for place, worker in enumerate(numbering.workers)
            ],
            agreement=_agreement(numbering, chosen, how.seed),
        )

    def replay(self, answers: Sequence[Answer], how: How, buying: Buying) -> Resolved:
        for place, answer in enumerate(answers):
            read_labels(answer.label, place)
        return collect_in_rounds(answers, buying, how.seed, lambda bought: self.resolve(bought, how))


def _known(tasks: Sequence[str], probes: Mapping[str, str]) -> dict[int, frozenset[str]]:
    known = {}
    for place, task in enumerate(tasks):
        if task in probes:
            labels = _labels(probes[task])
            if labels is None:
                raise SetRefused(f"The probe of task {task!r} is not a JSON list of names.")
            known[place] = labels
    return known


def _questions(
    numbering: Numbering, chosen: Sequence[frozenset[str]], known: Mapping[int, frozenset[str]]
) -> Questions:
    rows_of: list[list[int]] = [[] for _ in numbering.tasks]
    for row, item in enumerate(numbering.items.tolist()):
        rows_of[item].append(row)
    tasks: list[int] = []
    options: list[str] = []
    truth: list[int] = []
    table: list[tuple[int, int, int]] = []
    for item, rows in enumerate(rows_of):
        for option in sorted(frozenset().union(*(chosen[row] for row in rows), known.get(item, frozenset()))):
            table += [(len(tasks), int(numbering.annotators[row]), int(option in chosen[row])) for row in rows]
            tasks.append(item)
            options.append(option)
            truth.append(int(option in known[item]) if item in known else UNKNOWN)
    columns = np.array(table, dtype=np.int64).reshape(-1, 3)
    right = np.array(truth, dtype=np.int64) if known else None
    votes = Votes(columns[:, 0], columns[:, 1], columns[:, 2], len(tasks), len(numbering.workers), 2, right)
    return Questions(tasks, options, votes)


def _decided(
    numbering: Numbering, asked: Questions, chance: Floats, known: Mapping[int, frozenset[str]]
) -> list[Decided]:
    """The options likelier in than out. A task is as sure as its least sure option."""
    holds: list[list[str]] = [[] for _ in numbering.tasks]
    sure = np.full(len(numbering.tasks), np.nan)
    for task, option, yes in zip(asked.tasks, asked.options, chance.tolist(), strict=True):
        if yes > 0.5 + 1e-9:
            holds[task].append(option)
        sure[task] = np.fmin(sure[task], max(yes, 1 - yes))
    # Where nobody chose anything, that many say so is all there is to go by.
    empty = np.bincount(numbering.items, minlength=len(numbering.tasks))
    sure = np.where(np.isnan(sure), (empty + 1) / (empty + 2), sure)
    return [
        Decided(task, json.dumps(holds[place], ensure_ascii=False), 1.0 if place in known else float(sure[place]))
        for place, task in enumerate(numbering.tasks)
    ]


def _agreement(numbering: Numbering, chosen: Sequence[frozenset[str]], seed: int) -> dict[str, float | Sequence[float]]:
    within, sizes = mean_within(numbering.items, chosen, len(numbering.tasks), masi)
    alpha = distance_alpha(within, sizes, usual(chosen, masi), seed=seed)
    if alpha is None:
        return {}
    apart, _ = mean_within(numbering.items, chosen, len(numbering.tasks), jaccard)
    alike = 1 - float(np.average(apart[sizes > 1], weights=sizes[sizes > 1]))
    return {"alpha_masi": rounded(alpha), "jaccard_of_pairs": round(alike, 4)}


def read_labels(label: str, place: int) -> frozenset[str]:
    labels = _labels(label)
    if labels is None:
        raise SetRefused.answer(place, f"the labels of a task are a JSON list of at most {MOST_LABELS} names.")
    return labels


def _labels(text: str) -> frozenset[str] | None:
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(names, list) or len(names) > MOST_LABELS or not all(isinstance(name, str) for name in names):
        return None
    return frozenset(names)
