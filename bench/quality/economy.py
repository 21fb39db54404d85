"""Acceptance 3: how many labels reach what the vote over all of them reaches, one setting for all sets.

A run buys label after label in the order that the policy chooses. After every tenth of a label per item the default
is fitted to what was bought so far, and its accuracy read; the curves of the seeds are averaged.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from annotation.agreement.auto import auto
from annotation.agreement.economy import Collection, Policy, collect
from annotation.agreement.majority import majority
from annotation.agreement.votes import Floats
from bench.quality.crowds import Crowd, crowds

# The setting: everything else is the policy's default. The curve of a lower target is the beginning of this one's.
TARGET = 0.99
STATED_TARGET = 0.95
BUDGETS = {"rte": 2.8, "sp": 2.3, "bluebird": 5.1, "web": 3.4}
LEAST_MEAN_SAVING = 0.55
STEPS = np.concatenate([np.arange(2.0, 6.0, 0.1), np.arange(6.0, 60.0, 0.5)])
# A set of many items is fitted less often: its curve is smooth.
MANY_LABELS = 20_000


def bench(sets: Sequence[str], seeds: int) -> Iterator[dict[str, Any]]:
    savings = []
    for crowd in crowds(sets):
        figures = _measure(crowd, seeds)
        savings.append(figures["saving"] or 0.0)
        yield figures
    if savings:
        mean = round(float(np.mean(savings)), 4)
        yield {"set": "mean", "saving": mean, "within_budget": mean >= LEAST_MEAN_SAVING}


def _measure(crowd: Crowd, seeds: int) -> dict[str, Any]:
    goal = crowd.accuracy(majority(crowd.votes).posterior)
    full = len(crowd.votes) / crowd.votes.n_items
    steps = _steps(crowd, full)
    curves, ends = [], []
    for seed in range(seeds):
        print(f"economy {crowd.name}: seed {seed + 1} of {seeds}", file=sys.stderr, flush=True)
        curves.append(_curve(crowd, steps, goal, seed))
        ends.append(_end(crowd, seed))
    curve = np.mean(curves, axis=0)
    above = np.flatnonzero(curve >= goal - 1e-9)
    reached = float(steps[above[0]]) if len(above) else None
    return {
        "set": crowd.name,
        "labels_per_item": round(full, 2),
        "vote_over_all": round(goal, 4),
        "reached_at": None if reached is None else round(reached, 2),
        "saving": None if reached is None else round(1 - reached / full, 4),
        f"stopped_at_{STATED_TARGET}": [round(float(value), 4) for value in np.mean(ends, axis=0)],
        "budget": BUDGETS.get(crowd.name),
        "within_budget": crowd.name not in BUDGETS or (reached or full) <= BUDGETS[crowd.name] + 1e-9,
    }


def _steps(crowd: Crowd, full: float) -> Floats:
    steps = STEPS if len(crowd.votes) < MANY_LABELS else STEPS[::2]
    return np.append(steps[steps < full], full)


def _curve(crowd: Crowd, steps: Floats, goal: float, seed: int) -> Floats:
    """Accuracy at each step; a run that closed every item before keeps what it had."""
    collection = Collection(crowd.votes)
    collect(collection, Policy(target=TARGET), seed=seed)
    bought = len(collection.bought)
    reached = np.zeros(len(steps))
    well_past = 0
    for number, step in enumerate(steps):
        wanted = min(bought, int(step * crowd.votes.n_items))
        if wanted == bought and number and int(steps[number - 1] * crowd.votes.n_items) >= bought:
            reached[number:] = reached[number - 1]
            break
        reached[number] = crowd.accuracy(auto(collection.votes(wanted)).posterior)
        # Beyond the goal by two points for ten steps there is nothing more to learn.
        well_past = well_past + 1 if reached[number] > goal + 0.02 else 0
        if well_past == 10:
            reached[number:] = reached[number]
            break
    return reached


def _end(crowd: Crowd, seed: int) -> tuple[float, float]:
    collection = Collection(crowd.votes)
    collect(collection, Policy(target=STATED_TARGET), seed=seed)
    votes = collection.votes()
    return len(votes) / votes.n_items, crowd.accuracy(auto(votes).posterior)
