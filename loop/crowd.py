"""Who labels what: a real crowd's recorded labels, or a small crowd made for this repository."""

import csv
import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SMALL = Path(__file__).with_name("small.json")


@dataclass(frozen=True)
class Crowd:
    """`labels[annotator][task]` is the recorded label; `gold[task]` the right one; `texts[task]` what is shown."""

    name: str
    texts: dict[str, str]
    options: list[str]
    labels: dict[str, dict[str, str]]
    gold: dict[str, str]

    @property
    def answers(self) -> int:
        return sum(len(mine) for mine in self.labels.values())

    @property
    def overlap(self) -> int:
        """The most labels that one item has."""
        return max(len(by) for by in self.by_task().values())

    def by_task(self) -> dict[str, dict[str, str]]:
        """`[task][annotator]`: the same labels by item."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for annotator, mine in self.labels.items():
            for task, label in mine.items():
                found[task][annotator] = label
        return found

    def majority(self) -> dict[str, dict[str, float]]:
        """The plain vote: each task's most frequent labels share one point, so that ties are split evenly."""
        decided = {}
        for task, by in self.by_task().items():
            votes = list(by.values())
            most = max(votes.count(label) for label in votes)
            winners = sorted({label for label in votes if votes.count(label) == most})
            decided[task] = {label: 1 / len(winners) for label in winners}
        return decided

    def schema(self) -> dict[str, Any]:
        return {
            "schema": "1",
            "data": {"text": {"type": "text", "dir": "auto"}},
            "fields": [
                {
                    "name": "label",
                    "tool": "choices",
                    "title": {"en": "What fits?"},
                    "source": "text",
                    "multiple": False,
                    "required": True,
                    "options": [{"value": value, "title": {"en": value}} for value in self.options],
                }
            ],
        }


def read_crowd(folder: Path) -> Crowd:
    """A folder with labels.csv (task,worker,label), gold.csv (task,label) and meta.json of a categorical crowd."""
    if json.loads((folder / "meta.json").read_text(encoding="utf-8")).get("kind") != "categorical":
        raise SystemExit(f"{folder.name} is not categorical: the loop replays choices.")
    labels: dict[str, dict[str, str]] = defaultdict(dict)
    tasks: dict[str, None] = {}
    options: set[str] = set()
    for row in _rows(folder / "labels.csv"):
        labels[row["worker"]][row["task"]] = row["label"]
        tasks[row["task"]] = None
        options.add(row["label"])
    gold = {row["task"]: row["label"] for row in _rows(folder / "gold.csv")}
    texts = {task: f"Item {task} of {folder.name}" for task in tasks}
    return Crowd(folder.name, texts, sorted(options), dict(labels), gold)


def small_crowd(*, annotators: int = 12, overlap: int = 5, seed: int = 7) -> Crowd:
    """Forty sentences and a crowd of mixed ability, the same every time."""
    rows = json.loads(SMALL.read_text(encoding="utf-8"))
    chance = random.Random(seed)  # noqa: S311 - a reproducible crowd, not a secret
    ability = {f"annotator-{n:02}": 0.95 if n % 4 else 0.6 for n in range(annotators)}
    options = sorted({row["label"] for row in rows})
    labels: dict[str, dict[str, str]] = {name: {} for name in ability}
    for row in rows:
        for name in chance.sample(sorted(ability), overlap):
            is_right = chance.random() < ability[name]
            labels[name][row["task"]] = (
                row["label"] if is_right else chance.choice([option for option in options if option != row["label"]])
            )
    return Crowd(
        "small",
        {row["task"]: row["text"] for row in rows},
        options,
        labels,
        {row["task"]: row["label"] for row in rows},
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
