"""Comparisons by people who are not equally good at it.

`crowd_bradley_terry` (Chen, Bennett, Collins-Thompson and Horvitz, 2013): a person means what he says with a chance of
his own, and otherwise says the contrary; at one half he tosses a coin. `keen_bradley_terry`: a person's difference
between two things is the scores' difference times his keenness; at nought he tosses a coin (the two-parameter model
of test theory, for pairs).
Both are the model of Bradley and Terry where everybody is alike. `auto` is the middle of the two.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from annotation.agreement.comparisons import Comparisons, Scores, bradley_terry, score
from annotation.agreement.votes import Floats, sum_per

MAX_ITERATIONS = 60
TOLERANCE = 1e-4
# A person's own record outweighs what is believed of the crowd after so many comparisons.
STRENGTH = 4.0
# Nobody's word is final, nor is anybody certain to say the contrary.
LOWEST, HIGHEST = 0.01, 0.99
# What is believed of a crowd that nothing is known of, with the weight of so many comparisons.
FAITH, FAITH_WORTH = 0.9, 20.0
# How far keenness is believed to lie about 1.
KEENNESS = 0.5


@dataclass(frozen=True, slots=True)
class Judging:
    """`faith` is the chance of everybody to say what the scores say, and `keenness` his stretch."""

    scores: Scores
    faith: Floats
    keenness: Floats


def alike(comparisons: Comparisons) -> Judging:
    scores = bradley_terry(comparisons)
    return Judging(scores, _faith(comparisons, scores)[0], np.ones(comparisons.n_annotators))


def crowd_bradley_terry(comparisons: Comparisons) -> Judging:
    rows = comparisons
    scores = bradley_terry(rows)
    faith = np.full(rows.n_annotators, FAITH)
    flat = np.ones(len(rows))
    for _ in range(MAX_ITERATIONS):
        before = faith
        faith, meant, meant_other = _faith(rows, scores, faith)
        scores = score(rows, *_turned(rows, meant, meant_other), flat, scores)
        if np.abs(faith - before).max(initial=0.0) < TOLERANCE:
            break
    return Judging(scores, faith, np.ones(rows.n_annotators))


def _turned(rows: Comparisons, meant: Floats, meant_other: Floats) -> tuple[Floats, Floats]:
    """What was said counts as said as far as it was meant, and the other way round as far as it was not."""
    said, unsaid = rows.weights * rows.shares, rows.weights * (1 - rows.shares)
    return said * meant + unsaid * (1 - meant_other), said * (1 - meant) + unsaid * meant_other


def _faith(rows: Comparisons, scores: Scores, faith: Floats | None = None) -> tuple[Floats, Floats, Floats]:
    """Everybody's chance to mean what he says; and per row the chance that he meant it, if he put the first before
    the second and if he put the second before the first."""
    if faith is None:
        faith = np.full(rows.n_annotators, FAITH)
        for _ in range(MAX_ITERATIONS):
            before, faith = faith, _faith(rows, scores, faith)[0]
            if np.abs(faith - before).max(initial=0.0) < TOLERANCE:
                break
    chance, mine = scores.chance_chosen(rows.firsts, rows.seconds), faith[rows.annotators]
    meant = mine * chance / (mine * chance + (1 - mine) * (1 - chance))
    meant_other = mine * (1 - chance) / (mine * (1 - chance) + (1 - mine) * chance)
    held = rows.weights * (rows.shares * meant + (1 - rows.shares) * meant_other)
    told, asked = (
        sum_per(rows.annotators, held, rows.n_annotators),
        sum_per(rows.annotators, rows.weights, rows.n_annotators),
    )
    crowd = (held.sum() + FAITH_WORTH * FAITH) / (rows.weights.sum() + FAITH_WORTH)
    new = (told + STRENGTH * crowd) / (asked + STRENGTH)
    return np.clip(new, LOWEST, HIGHEST), meant, meant_other


def keen_bradley_terry(comparisons: Comparisons) -> Judging:
    rows = comparisons
    scores = bradley_terry(rows)
    keenness = np.ones(rows.n_annotators)
    said, unsaid = rows.weights * rows.shares, rows.weights * (1 - rows.shares)
    for _ in range(MAX_ITERATIONS):
        before, keenness = keenness, _keenness(rows, scores, keenness)
        scores = score(rows, said, unsaid, keenness[rows.annotators], scores)
        if np.abs(keenness - before).max(initial=0.0) < TOLERANCE:
            break
    return Judging(scores, _faith(rows, scores)[0], keenness)


def _keenness(rows: Comparisons, scores: Scores, keenness: Floats) -> Floats:
    """One Newton step for everybody; the doubt about the scores weakens what their differences teach."""
    away = scores.values[rows.firsts] - scores.values[rows.seconds]
    doubt = scores.doubt(rows.firsts, rows.seconds)
    away = away / np.sqrt(1 + np.pi / 8 * doubt)
    chance = expit(keenness[rows.annotators] * away)
    pull = rows.weights * (rows.shares - chance) * away
    slope = rows.weights * chance * (1 - chance) * away**2
    gradient = sum_per(rows.annotators, pull, rows.n_annotators) + (1 - keenness) / KEENNESS**2
    bend = sum_per(rows.annotators, slope, rows.n_annotators) + 1 / KEENNESS**2
    step = np.clip(gradient / bend, -0.5, 0.5)
    stepped = keenness + step
    asked = sum_per(rows.annotators, rows.weights, rows.n_annotators)
    # The crowd as a whole sets the measure: scores are its scores.
    return stepped / max(float(np.average(stepped, weights=asked)), 0.1) if len(rows) else stepped


def auto(comparisons: Comparisons) -> Judging:
    """The middle of the two models of people, each with its scores in units of their own spread."""
    faithful, keen = crowd_bradley_terry(comparisons), keen_bradley_terry(comparisons)
    unit, other = (float(np.sqrt(np.mean(member.scores.values**2))) or 1.0 for member in (faithful, keen))
    scores = Scores(
        (faithful.scores.values + keen.scores.values * unit / other) / 2,
        (faithful.scores.covariance + keen.scores.covariance * (unit / other) ** 2) / 2,
        faithful.scores.spread,
    )
    return Judging(scores, faithful.faith, keen.keenness)


PAIR_METHODS: dict[str, Callable[[Comparisons], Judging]] = {
    "bradley_terry": alike,
    "crowd_bradley_terry": crowd_bradley_terry,
    "keen_bradley_terry": keen_bradley_terry,
    "auto": auto,
}
