"""Votes to test with: simulated crowds, and the real ones where they are present."""

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from annotation.agreement.votes import Fit, Ints, Votes

REPOSITORY = Path(__file__).resolve().parents[3]
DEFAULT_CROWD_DATA = REPOSITORY.parent / "shared" / "data" / "crowd"


@dataclass(frozen=True)
class Simulated:
    votes: Votes
    truth: Ints
    accuracy: np.ndarray


def simulated_crowd(
    *, seed: int, items: int = 400, annotators: int = 30, per_item: int = 5, classes: int = 3
) -> Simulated:
    """One-coin annotators of accuracy .5 to .95, each item shown to different ones."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, items)
    accuracy = rng.uniform(0.5, 0.95, annotators)
    who = np.concatenate([rng.choice(annotators, per_item, replace=False) for _ in range(items)])
    what = np.repeat(np.arange(items), per_item)
    is_right = rng.random(len(who)) < accuracy[who]
    wrong = (truth[what] + rng.integers(1, classes, len(who))) % classes
    labels = np.where(is_right, truth[what], wrong)
    return Simulated(Votes(what, who, labels, items, annotators, classes), truth, accuracy)


@dataclass(frozen=True)
class CrowdSet:
    votes: Votes
    gold: Ints

    def accuracy(self, fit: Fit) -> float:
        """Against gold, a tie counting in part."""
        scored = np.flatnonzero(self.gold >= 0)
        best = fit.posterior[scored] >= fit.posterior[scored].max(axis=1, keepdims=True) - 1e-9
        right = best[np.arange(len(scored)), self.gold[scored]] / best.sum(axis=1)
        return float(right.mean())


def crowd_set(name: str) -> CrowdSet:
    """A real categorical set; the test is skipped, saying so, where the data is not present."""
    folder = Path(os.environ.get("FOGGARA_CROWD_DATA") or DEFAULT_CROWD_DATA) / name
    if not folder.is_dir():
        pytest.skip(f"real crowd data is absent: set FOGGARA_CROWD_DATA ({folder.name} not found)")
    assert json.loads((folder / "meta.json").read_text())["kind"] == "categorical"
    answers = _rows(folder / "labels.csv")
    gold = {row["task"]: row["label"] for row in _rows(folder / "gold.csv")}
    tasks = _numbered(row["task"] for row in answers)
    workers = _numbered(row["worker"] for row in answers)
    labels = _numbered([*(row["label"] for row in answers), *gold.values()])
    votes = Votes(
        np.array([tasks[row["task"]] for row in answers]),
        np.array([workers[row["worker"]] for row in answers]),
        np.array([labels[row["label"]] for row in answers]),
        len(tasks),
        len(workers),
        len(labels),
    )
    return CrowdSet(votes, np.array([labels[gold[task]] if task in gold else -1 for task in tasks]))


def _rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _numbered(names):
    return {name: number for number, name in enumerate(sorted(set(names)))}
