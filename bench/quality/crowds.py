"""The recorded crowds, which are never part of the repository, with the gold that only scores."""

import csv
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from annotation.agreement.sets.categorical import decide, tabulate
from annotation.agreement.sets.files import read_answers
from annotation.agreement.votes import UNKNOWN, Floats, Ints, Votes

DEFAULT_FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "crowd"
ABSENT = -2  # gold that nobody ever gave as a label: no method can be right


@dataclass(frozen=True, slots=True)
class Crowd:
    name: str
    votes: Votes
    gold: Ints  # per task: a class, UNKNOWN where there is none, ABSENT

    def accuracy(self, posterior: Floats) -> float:
        """Ties count in part."""
        scored = np.flatnonzero(self.gold != UNKNOWN)
        best = posterior[scored] >= posterior[scored].max(axis=1, keepdims=True) - 1e-9
        truth = self.gold[scored]
        right = np.where(truth >= 0, best[np.arange(len(scored)), np.maximum(truth, 0)] / best.sum(axis=1), 0.0)
        return float(right.mean())

    def decided_accuracy(self, posterior: Floats) -> float:
        """As the command line decides."""
        scored = self.gold != UNKNOWN
        return float((decide(posterior, self.votes) == self.gold)[scored].mean())


def folder() -> Path:
    return Path(os.environ.get("FOGGARA_CROWD_DATA") or DEFAULT_FOLDER)


def names(kind: str, only: Sequence[str] = ()) -> list[str]:
    found = []
    for meta in sorted(folder().glob("*/meta.json")):
        is_wanted = not only or meta.parent.name in only
        if is_wanted and json.loads(meta.read_text(encoding="utf-8"))["kind"] == kind:
            found.append(meta.parent.name)
    return found


def crowds(only: Sequence[str] = ()) -> Iterator[Crowd]:
    for name in names("categorical", only):
        yield load(name)


def load(name: str) -> Crowd:
    table = tabulate(read_answers(folder() / name))
    with (folder() / name / "gold.csv").open(newline="", encoding="utf-8") as file:
        gold = {row["task"]: row["label"] for row in csv.DictReader(file)}
    place = {label: number for number, label in enumerate(table.labels)}
    truth = [place.get(gold[task], ABSENT) if task in gold else UNKNOWN for task in table.tasks]
    return Crowd(name, table.votes, np.array(truth))
