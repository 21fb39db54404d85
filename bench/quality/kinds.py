"""Acceptance 2 for numbers, drawings and pairs: the default, and every other method, through the command line's door.

Nothing is read of gold.csv but to score.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from scipy.stats import pearsonr, spearmanr

from annotation.agreement.sets.boxes import read_shapes
from annotation.agreement.sets.contract import Buying, How, Resolved
from annotation.agreement.sets.files import read_answers
from annotation.agreement.sets.registry import set_kind
from annotation.agreement.shapes import matched, overlaps
from bench.quality.crowds import folder, names

Figures = dict[str, float]
REPLAYED_TARGET = 0.9
# Sets without a figure here are measured, not judged.
LEAST_F1, LEAST_SPEARMAN = {"boxes_a": 0.785}, {"pairs_olympic": 0.90}


def bench(sets: Sequence[str], seeds: int) -> Iterator[dict[str, Any]]:
    for kind, measure in (("numeric", _numbers), ("pairwise", _pairs), ("boxes", _drawings)):
        for name in names(kind, sets):
            yield {"set": name, "kind": kind, **measure(folder() / name, kind)}


def _numbers(path: Path, kind: str) -> dict[str, Any]:
    gold = {row["task"]: float(row["label"]) for row in _rows(path)}
    reached, rest = _reached(path, kind, lambda resolved: number_errors(resolved, gold))
    mean, default = reached["mean"], reached["auto"]
    return {
        **rest,
        "reached": reached,
        "within_budget": default["mae"] <= mean["mae"] + 1e-9
        and default["rmse"] <= mean["rmse"] + 1e-9
        and default["pearson"] >= mean["pearson"] - 1e-9,
    }


def number_errors(resolved: Resolved, gold: Mapping[str, float]) -> Figures:
    pairs = np.array([(float(row.label), gold[row.task]) for row in resolved.decided if row.task in gold])
    apart = pairs[:, 0] - pairs[:, 1]
    return {
        "mae": round(float(np.abs(apart).mean()), 4),
        "rmse": round(float(np.sqrt((apart**2).mean())), 4),
        "pearson": round(float(pearsonr(pairs[:, 0], pairs[:, 1]).statistic), 4),
        "spearman": round(float(spearmanr(pairs[:, 0], pairs[:, 1]).statistic), 4),
    }


def _pairs(path: Path, kind: str) -> dict[str, Any]:
    gold = gold_scores(path)
    reached, rest = _reached(path, kind, lambda resolved: score_order(resolved, gold))
    return {
        **rest,
        "reached": reached,
        "within_budget": reached["auto"]["spearman"] >= LEAST_SPEARMAN.get(path.name, -1),
    }


def gold_scores(path: Path) -> dict[str, float]:
    return {row["item"]: float(row["score"]) for row in _rows(path)}


def score_order(resolved: Resolved, gold: Mapping[str, float]) -> Figures:
    pairs = [(float(row.label), gold[row.task]) for row in resolved.ranked if row.task in gold]
    return {"spearman": round(float(spearmanr(*zip(*pairs, strict=True)).statistic), 4)}


def _drawings(path: Path, kind: str) -> dict[str, Any]:
    gold = {row["task"]: row["label"] for row in _rows(path)}
    reached, rest = _reached(path, kind, lambda resolved: drawing_f1(resolved, gold))
    return {**rest, "reached": reached, "within_budget": reached["auto"]["f1"] >= LEAST_F1.get(path.name, 0)}


def drawing_f1(resolved: Resolved, gold: Mapping[str, str], *, least: float = 0.5) -> Figures:
    """Over all pictures together; a pair counts from an IoU of `least`."""
    ours = theirs = 0
    found: list[float] = []
    for row in resolved.decided:
        if row.task not in gold:
            continue
        drawn, right = read_shapes(row.label, 0), read_shapes(gold[row.task], 0)
        table = overlaps(drawn, right)
        found += (matched(np.where(table >= least, 1 + table, 0.0)) - 1).tolist()
        ours, theirs = ours + len(drawn), theirs + len(right)
    return {
        "precision": round(len(found) / max(ours, 1), 4),
        "recall": round(len(found) / max(theirs, 1), 4),
        "f1": round(2 * len(found) / max(ours + theirs, 1), 4),
        "iou": round(float(np.mean(found)), 4) if found else 0.0,
    }


def _reached(path: Path, kind: str, score: Callable[[Resolved], Figures]) -> tuple[dict[str, Figures], dict[str, Any]]:
    answers = read_answers(path)
    reached: dict[str, Figures] = {}
    rest: dict[str, Any] = {"labels": len(answers)}
    for method in set_kind(kind).methods:
        start = process_time()
        resolved = set_kind(kind).resolve(answers, How(method=method))
        reached[method] = score(resolved)
        rest.setdefault("cpu_s", {})[method] = round(process_time() - start, 2)
    replayed = set_kind(kind).replay(answers, How(), Buying(REPLAYED_TARGET))
    rest["replayed"] = {"labels": len(replayed.bought or ()), **score(replayed)}
    rest["agreement"] = json.loads(json.dumps(dict(resolved.agreement)))
    return reached, rest


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(2**26)
    with (path / "gold.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
