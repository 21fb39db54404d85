"""Crowds whose truth is known, for numbers, pairs and drawings: what the methods' constants were checked on.

Each sort breaks one assumption. Figures are means over seeds; a number's error is in units of the plain mean's.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from annotation.agreement.comparisons import Comparisons
from annotation.agreement.drawing_methods import DRAWING_METHODS, fit_drawings
from annotation.agreement.drawings import Drawings
from annotation.agreement.judges import PAIR_METHODS
from annotation.agreement.number_methods import NUMBER_METHODS, fit_numbers
from annotation.agreement.numbers import Ratings
from annotation.agreement.shapes import Shape, matched, overlaps
from annotation.agreement.votes import Floats

NUMBER_SORTS = ("alike", "biased", "unsteady", "stretched", "lazy", "random", "slips", "opinion", "levels")
PAIR_SORTS = ("alike", "faith", "keen", "spam", "contrary", "sparse")
DRAWING_SORTS = ("alike", "careless", "hidden", "sloppy", "crowded", "few")
FIRST_SEED, SEEDS = 300, 20


def bench(sets: Sequence[str], seeds: int) -> Iterator[dict[str, Any]]:
    makers: tuple[tuple[str, tuple[str, ...], Callable[[str, int], dict[str, float]]], ...] = (
        ("numbers", NUMBER_SORTS, number_errors),
        ("pairs", PAIR_SORTS, pair_order),
        ("drawings", DRAWING_SORTS, drawing_f1),
    )
    for kind, sorts, measure in makers:
        for sort in sorts:
            runs = [measure(sort, seed) for seed in range(FIRST_SEED, FIRST_SEED + min(SEEDS, max(seeds, 5)))]
            yield {
                "crowds": f"{kind}: {sort}",
                "count": len(runs),
                "reached": {name: round(float(np.mean([run[name] for run in runs])), 4) for name in runs[0]},
            }


def number_errors(sort: str, seed: int) -> dict[str, float]:
    ratings, truth = numbers(sort, seed)
    errors = {}
    for name in NUMBER_METHODS:
        values = fit_numbers(ratings, name).values
        errors[name] = float(np.sqrt(np.mean((values - truth) ** 2)))
    return {name: error / errors["mean"] for name, error in errors.items()}


def numbers(sort: str, seed: int) -> tuple[Ratings, Floats]:
    """alike; biased: people lie off; unsteady: noise of their own; stretched: scales of their own; lazy: a fifth gives
    one number to everything; random: a fifth any number; slips: one in twenty is ten times too great; opinion: most
    say nought and the truth is their mean; levels: rounded to five levels."""
    rng = np.random.default_rng(seed)
    items, people = int(rng.choice([50, 200, 700])), int(rng.choice([10, 30, 80]))
    per_item = min(people, int(rng.choice([3, 5, 10])))
    truth = rng.normal(50, 15, items)
    activity = rng.pareto(1.5, people) + 0.3
    activity /= activity.sum()
    who = np.concatenate([rng.choice(people, per_item, replace=False, p=activity) for _ in range(items)])
    what = np.repeat(np.arange(items), per_item)
    given = truth[what] + rng.normal(0, 12, len(what))
    if sort == "biased":
        given += rng.normal(0, 10, people)[who]
    if sort == "unsteady":
        given = truth[what] + rng.normal(0, 1, len(what)) * rng.choice([4.0, 12.0, 30.0], people)[who]
    if sort == "stretched":
        given = 50 + (given - 50) * rng.uniform(0.2, 1.8, people)[who]
    if sort in ("lazy", "random"):
        bad = rng.random(people) < 0.2
        said = rng.uniform(0, 100, people)[who] if sort == "lazy" else rng.uniform(0, 100, len(what))
        given = np.where(bad[who], said, given)
    if sort == "slips":
        given = np.where(rng.random(len(what)) < 0.05, given * 10, given)
    if sort == "opinion":
        truth = 100 * rng.beta(0.5, 2.5, items)
        candour = rng.uniform(0.5, 1.0, people)[who]
        speaks = rng.random(len(what)) < np.clip(truth[what] / 60 + 0.1, 0, 1) * candour
        given = np.where(speaks, np.clip(truth[what] * 1.4 + rng.normal(0, 20, len(what)), 0, 100), 0.0)
        # What a great many people like these would say on average.
        spoken = np.clip(truth[:, None] * 1.4 + rng.normal(0, 20, (items, 500)), 0, 100).mean(axis=1)
        truth = 0.75 * np.clip(truth / 60 + 0.1, 0, 1) * spoken
    if sort == "levels":
        truth = np.clip(truth / 20, 1, 5)
        given = np.clip(np.round(given / 20), 1, 5)
    return Ratings(what, who, given, items, people, np.full(items, np.nan)), truth


def pair_order(sort: str, seed: int) -> dict[str, float]:
    comparisons, truth = pairs(sort, seed)
    return {
        name: float(spearmanr(method(comparisons).scores.values, truth).statistic)
        for name, method in PAIR_METHODS.items()
    }


def pairs(sort: str, seed: int) -> tuple[Comparisons, Floats]:
    """alike; faith: a chance to mean it of their own; keen: a stretch of their own; spam: a third tosses coins;
    contrary: a tenth says the opposite; sparse: three comparisons a thing."""
    rng = np.random.default_rng(seed)
    things, people = int(rng.choice([15, 40, 100])), int(rng.choice([10, 40]))
    truth = rng.normal(0, 1.5, things)
    count = things * (3 if sort == "sparse" else int(rng.choice([8, 20, 60])))
    firsts = rng.integers(0, things, count)
    seconds = (firsts + rng.integers(1, things, count)) % things
    activity = rng.pareto(1.2, people) + 0.3
    who = rng.choice(people, count, p=activity / activity.sum())
    keen, faith = np.ones(people), np.ones(people)
    if sort == "faith":
        faith = rng.beta(5, 1.5, people)
    if sort in ("keen", "sparse"):
        keen = rng.uniform(0, 2, people)
    if sort == "spam":
        keen = np.where(rng.random(people) < 1 / 3, 0.0, keen)
    if sort == "contrary":
        keen = np.where(rng.random(people) < 0.1, -1.0, keen)
    chance = 1 / (1 + np.exp(-keen[who] * (truth[firsts] - truth[seconds])))
    meant = rng.random(count) < faith[who]
    said = (rng.random(count) < np.where(meant, chance, 1 - chance)).astype(np.float64)
    return Comparisons(firsts, seconds, who, said, np.ones(count), things, people), truth


def drawing_f1(sort: str, seed: int) -> dict[str, float]:
    drawings, truth = drawings_of(sort, seed)
    return {name: f1_of(fit_drawings(drawings, name).kept, truth) for name in DRAWING_METHODS}


def f1_of(kept: Sequence[Sequence[Shape]], truth: Sequence[Sequence[Shape]]) -> float:
    found = total = 0
    for ours, theirs in zip(kept, truth, strict=True):
        table = overlaps(ours, theirs)
        found += len(matched(np.where(table >= 0.5, 1 + table, 0.0)))
        total += len(ours) + len(theirs)
    return 2 * found / max(total, 1)


def drawings_of(sort: str, seed: int) -> tuple[Drawings, list[list[Shape]]]:
    """alike; careless: people miss and invent in ways of their own; hidden: a third of the things is hard to see;
    sloppy: a third draws loosely; crowded: things overlap; few: three people to a picture."""
    rng = np.random.default_rng(seed)
    pictures, people = 40, int(rng.choice([10, 40]))
    per_picture = min(people, 3 if sort == "few" else int(rng.choice([5, 9])))
    recall = rng.beta(6, 3, people) if sort == "careless" else np.full(people, 0.7)
    invents = rng.gamma(1.0, 1.0, people) if sort == "careless" else np.full(people, 0.5)
    loose = np.where(rng.random(people) < 1 / 3, 0.25, 0.08) if sort == "sloppy" else np.full(people, 0.1)
    items, annotators, shapes, truth = [], [], [], []
    for picture in range(pictures):
        there = _scene(rng, crowded=sort == "crowded")
        clear = np.where(rng.random(len(there)) < 1 / 3, 0.4, 1.1) if sort == "hidden" else np.ones(len(there))
        truth.append([_shape(box) for box in there])
        for person in rng.choice(people, per_picture, replace=False).tolist():
            seen = there[rng.random(len(there)) < np.clip(recall[person] * clear, 0, 0.97)]
            drawn = [_jittered(rng, box, loose[person]) for box in seen]
            drawn += [_scene(rng, crowded=False)[0] for _ in range(rng.poisson(invents[person]))]
            items.append(picture)
            annotators.append(person)
            shapes.append([_shape(box) for box in drawn])
    return Drawings(np.array(items), np.array(annotators), shapes, pictures, people), truth


def _scene(rng: np.random.Generator, *, crowded: bool) -> Floats:
    count = 1 + int(rng.poisson(8 if crowded else 4))
    sizes = np.exp(rng.normal(np.log(90), 0.5, (count, 2)))
    reach = 350 if crowded else 1000
    corners = rng.uniform(0, reach, (count, 2))
    return np.column_stack([corners, corners + sizes])


def _jittered(rng: np.random.Generator, box: Floats, loose: float) -> Floats:
    sizes = np.tile(box[2:] - box[:2], 2)
    moved = box + rng.normal(0, loose, 4) * sizes
    return np.concatenate([np.minimum(moved[:2], moved[2:]), np.maximum(moved[:2], moved[2:])])


def _shape(box: Floats) -> Shape:
    left, top, right, bottom = (float(side) for side in box)
    return Shape((left, top, right, bottom))
