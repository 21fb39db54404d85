"""Crowds of ten sorts, in which the truth is known and the models' assumptions are broken one by one.

They are what the committee's weights and the hierarchy's constants were checked on (docs/algorithms/consensus.md).
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from annotation.agreement.methods import METHODS
from annotation.agreement.votes import Floats, Ints, Votes

SORTS = ("onecoin", "biasbin", "imbal", "over", "skewconf", "conf", "expert", "spam", "hard", "hardimb")
FIRST_SEED, SEEDS = 900, 40


def bench(sets: Sequence[str], seeds: int) -> Iterator[dict[str, Any]]:
    rows, sizes = [], []
    for sort in SORTS:
        for seed in range(FIRST_SEED, FIRST_SEED + SEEDS):
            votes, truth = crowd(sort, seed)
            rows.append([_accuracy(method(votes).posterior, truth) for method in METHODS.values()])
            sizes.append(len(truth))
    reached, items = np.array(rows), np.array(sizes)
    yield _figures("all", reached)
    for size in np.unique(items).tolist():
        yield _figures(f"{size} items", reached[items == size])


def _figures(name: str, reached: Floats) -> dict[str, Any]:
    above = reached - reached[:, :1]
    return {
        "crowds": name,
        "count": len(reached),
        "accuracy": dict(zip(METHODS, reached.mean(axis=0).round(4).tolist(), strict=True)),
        "a_point_below_vote": dict(zip(METHODS, (above < -0.01).mean(axis=0).round(4).tolist(), strict=True)),
    }


def _accuracy(posterior: Floats, truth: Ints) -> float:
    best = posterior >= posterior.max(axis=1, keepdims=True) - 1e-9
    return float((best[np.arange(len(truth)), truth] / best.sum(axis=1)).mean())


def crowd(sort: str, seed: int) -> tuple[Votes, Ints]:
    """onecoin; biasbin: two classes, leanings; imbal: rare classes; over: one class over-used; conf, skewconf: shared
    confusions, the latter with rare classes; expert: a fifth knows; spam: a third does not; hard, hardimb: items whose
    wrong answer tempts everybody."""
    rng = np.random.default_rng(seed)
    classes = int(rng.choice([2, 2, 3, 4, 6]))
    items, people = int(rng.choice([60, 300, 1500])), int(rng.choice([15, 40, 150]))
    per_item = min(people, int(rng.choice([3, 5, 9])))
    classes = 2 if sort == "biasbin" else classes
    shares = np.ones(classes) / classes
    if sort in ("imbal", "over", "skewconf"):
        shares = rng.dirichlet(np.ones(classes) * 1.5)
    truth = rng.choice(classes, items, p=shares)
    matrices = _matrices(sort, classes, people, rng)
    activity = rng.pareto(1.2, people) + 0.3
    activity /= activity.sum()
    who = np.concatenate([rng.choice(people, per_item, replace=False, p=activity) for _ in range(items)])
    what = np.repeat(np.arange(items), per_item)
    if sort == "hardimb":
        truth = rng.choice(classes, items, p=rng.dirichlet(np.ones(classes) * 1.5))
    chances = matrices[who, truth[what]]
    if sort in ("hard", "hardimb"):
        tempts = rng.beta(0.6, 2.0, items)[what][:, None]
        pull = np.array([rng.dirichlet(np.ones(classes) * 0.7) for _ in range(items)])
        chances = (1 - tempts) * chances + tempts * pull[what]
    steps = chances.cumsum(axis=1)
    labels = (rng.random(len(who))[:, None] * steps[:, -1:] > steps).sum(axis=1).clip(0, classes - 1)
    people_seen = int(who.max()) + 1
    return Votes(what, who, labels, items, people_seen, classes), truth


def _matrices(sort: str, classes: int, people: int, rng: np.random.Generator) -> Floats:
    """[person, class, label]."""
    skill = np.clip(rng.beta(4, 2.5, people), 0.0, 0.97)
    if sort == "expert":
        skill = np.where(rng.random(people) < 0.2, 0.85, 0.1)
    if sort == "spam":
        skill = np.where(rng.random(people) < 0.3, 0, skill)
    guesses = np.tile(np.ones(classes) / classes, (people, 1))
    if sort in ("over", "biasbin"):
        usual = rng.dirichlet(np.ones(classes))
        guesses = np.array([rng.dirichlet(usual * 6 + 0.2) for _ in range(people)])
    if sort in ("spam", "biasbin"):
        leaning = rng.random(people)[:, None] < 0.5
        guesses = np.where(leaning, np.array([rng.dirichlet(np.ones(classes) * 0.3) for _ in range(people)]), guesses)
    known = skill[:, None, None] * np.eye(classes)
    matrices: Floats = known + (1 - skill)[:, None, None] * guesses[:, None, :]
    if sort in ("skewconf", "conf"):
        shared = np.array([rng.dirichlet(np.ones(classes) * 0.5) for _ in range(classes)])
        matrices = 0.5 * matrices + 0.5 * (known + (1 - skill)[:, None, None] * shared[None])
        matrices = np.array([[rng.dirichlet(row * 12 + 0.05) for row in person] for person in matrices])
    return matrices
