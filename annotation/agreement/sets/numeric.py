"""Sets where every task has a number: any number (numeric), or one of the levels of a scale (ordinal)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from annotation.agreement.distance_alpha import rounded
from annotation.agreement.number_agreement import interval_alpha, intraclass, ordinal_alpha
from annotation.agreement.number_methods import NUMBER_METHODS, NumberFit, fit_numbers
from annotation.agreement.numbers import Bools, Ratings
from annotation.agreement.raters import ANSWERS
from annotation.agreement.sets.contract import Answer, Buying, Decided, How, Judged, Resolved, SetRefused
from annotation.agreement.sets.numbering import Numbering, number
from annotation.agreement.sets.rounds import collect_in_rounds
from annotation.agreement.votes import Floats, Ints

# Squares of greater numbers would not fit.
GREATEST = 1e100
LONGEST = 100
# The words of workers.csv.
UNINFORMATIVE, BIASED = "uninformative", "biased"
# Flagged is who lies off by more than the items are spread themselves, and by this many standard errors.
SPREADS, ERRORS = 1.0, 4.0


@dataclass(frozen=True)
class Numeric:
    methods = tuple(NUMBER_METHODS)
    # On a scale the decided value is one of the levels that somebody gave.
    has_levels: bool = False

    def resolve(self, answers: Sequence[Answer], how: How) -> Resolved:
        if how.method not in self.methods:
            raise SetRefused(f"No method is called {how.method!r}.")
        numbering = number(answers)
        values = [_read(answer.label, place) for place, answer in enumerate(answers)]
        ratings = Ratings(
            numbering.items,
            numbering.annotators,
            np.array(values)[numbering.rows],
            len(numbering.tasks),
            len(numbering.workers),
            _known(numbering.tasks, how),
        )
        fit = fit_numbers(ratings, how.method)
        decided = self._on_levels(ratings, fit) if self.has_levels else (fit.values, fit.confidence)
        return Resolved(
            [
                Decided(task, f"{value:.10g}", float(sure))
                for task, value, sure in zip(numbering.tasks, *decided, strict=True)
            ],
            _judged(numbering, ratings, fit),
            agreement=self._agreement(ratings, how.seed),
        )

    def replay(self, answers: Sequence[Answer], how: How, buying: Buying) -> Resolved:
        for place, answer in enumerate(answers):
            _read(answer.label, place)
        return collect_in_rounds(answers, buying, how.seed, lambda bought: self.resolve(bought, how))

    def _on_levels(self, ratings: Ratings, fit: NumberFit) -> tuple[Floats, Floats]:
        """The level that is nearest, and the chance that the value lies nearer to it than to any other."""
        levels = np.unique(np.append(ratings.values, ratings.known[ratings.is_known]))
        borders = np.concatenate([[-np.inf], (levels[1:] + levels[:-1]) / 2, [np.inf]])
        nearest = np.searchsorted(borders[1:-1], fit.values)
        error = np.maximum(fit.error, 1e-12)
        sure = ndtr((borders[nearest + 1] - fit.values) / error) - ndtr((borders[nearest] - fit.values) / error)
        return levels[nearest], np.where(ratings.is_known, 1.0, sure)

    def _agreement(self, ratings: Ratings, seed: int) -> dict[str, float | Sequence[float]]:
        found: dict[str, float | Sequence[float]] = {}
        alpha = ordinal_alpha(ratings, seed=seed) if self.has_levels else interval_alpha(ratings, seed=seed)
        if alpha is not None:
            found["alpha_ordinal" if self.has_levels else "alpha_interval"] = rounded(alpha)
        classes = intraclass(ratings)
        if classes is not None:
            found["icc_single"], found["icc_mean"] = round(classes[0], 4), round(classes[1], 4)
        return found


def _judged(numbering: Numbering, ratings: Ratings, fit: NumberFit) -> list[Judged]:
    answers = np.bincount(ratings.annotators, minlength=ratings.n_annotators)
    is_off = _far_off(fit, answers)
    return [
        Judged(
            worker,
            float(fit.reliability[place]),
            int(answers[place]),
            tuple(
                word for word, holds in ((UNINFORMATIVE, fit.is_uninformative[place]), (BIASED, is_off[place])) if holds
            ),
            {
                "bias": float(fit.bias[place]),
                "slope": float(fit.slope[place]),
                "deviation": float(fit.deviation[place]),
            },
        )
        for place, worker in enumerate(numbering.workers)
    ]


def _far_off(fit: NumberFit, answers: Ints) -> Bools:
    spread = float(np.std(fit.values)) if len(fit.values) else 0.0
    error = fit.deviation / np.sqrt(np.maximum(answers, 1))
    off: Bools = (answers >= ANSWERS) & (
        np.abs(fit.bias - np.median(fit.bias)) > np.maximum(SPREADS * spread, ERRORS * error)
    )
    return off


def _known(tasks: Sequence[str], how: How) -> Floats:
    known = np.full(len(tasks), np.nan)
    for place, task in enumerate(tasks):
        if task in how.probes:
            value = _number(how.probes[task])
            if value is None:
                raise SetRefused(f"The probe of task {task!r} is {how.probes[task]!r}, which is not a number.")
            known[place] = value
    return known


def _read(label: str, place: int) -> float:
    value = _number(label)
    if value is None:
        shown = label if len(label) <= LONGEST else f"{label[:LONGEST]}…"
        raise SetRefused.answer(place, f"{shown!r} is not a number between -{GREATEST:g} and {GREATEST:g}.")
    return value


def _number(text: str) -> float | None:
    # Python reads 1_000 and ١٢ as well; whoever writes such a file means something else by them.
    if len(text) > LONGEST or not text.isascii() or "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= GREATEST else None
