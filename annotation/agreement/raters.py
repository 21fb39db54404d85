"""Everybody's own way with numbers: how far off (bias), how stretched (slope), how unsteady (variance).

    rating = centre + bias + slope × (item − centre) + noise,   noise of a variance of the person's own

A factor model with one factor and missing cells. A person is compared with what the *others* say of an item, and the
comparison allows for their not being sure: who rates where few others do is not praised by his own rating. Somebody
who gives the same number to everything has a slope of nought and so tells nothing, however little he varies.
"""

from dataclasses import dataclass, replace

import numpy as np

from annotation.agreement.numbers import Bools, Centre, Ratings, means
from annotation.agreement.votes import Floats, sum_per

# Until so many ratings are in, a person is taken to be more like the crowd than like himself.
STRENGTH = 8.0
MAX_ITERATIONS = 60
TOLERANCE = 1e-5
# Nobody is believed to be steadier than this share of the crowd's variance, nor the items to be all alike.
LEAST = 1e-3
# Who tells less than this share of what people here tell on average, after so many ratings, tells nothing.
LEAST_SHARE, ANSWERS = 0.1, 20
# How far people's slopes lie about 1 to begin with.
SLOPES = 0.3


@dataclass(frozen=True, slots=True)
class People:
    """Everybody's bias, slope and variance about the crowd's mean, and the crowd's usual variance."""

    bias: Floats
    slope: Floats
    variance: Floats
    mean: float
    noise: float

    @property
    def little(self) -> float:
        """So little weight that it only counts where nobody tells anything: there the plain mean stands."""
        return 0.01 / self.noise

    def reliability(self, spread: float) -> Floats:
        """The share of a single rating's variance that comes from the items, when these are so widely spread."""
        signal = self.slope**2 * spread
        return signal / (signal + self.variance)

    def but(self, others: "People", rows: Bools) -> "People":
        return replace(
            self,
            bias=np.where(rows, others.bias, self.bias),
            slope=np.where(rows, others.slope, self.slope),
            variance=np.where(rows, others.variance, self.variance),
        )


@dataclass(frozen=True, slots=True)
class Raters:
    """The people, the centre by the model, and the variance of that centre as the model has it."""

    people: People
    centre: Centre
    uncertainty: Floats
    # How widely the items themselves are spread.
    spread: float


def fit_raters(ratings: Ratings) -> Raters:
    state = _State(ratings)
    for _ in range(MAX_ITERATIONS):
        before = np.concatenate([state.bias, state.slope, state.variance])
        state.learn()
        if np.abs(np.concatenate([state.bias, state.slope, state.variance]) - before).max(initial=0.0) < TOLERANCE:
            break
    return state.raters()


class _State:
    """Ratings are expected in units in which most of them lie within a few of nought."""

    def __init__(self, ratings: Ratings) -> None:
        self.ratings = ratings
        size = ratings.n_annotators
        self.answers = np.bincount(ratings.annotators, minlength=size).astype(np.float64)
        self.bias, self.slope = np.zeros(size), np.ones(size)
        self.mean, self.noise, self.spread = _components(ratings)
        self.variance = np.full(size, self.noise)
        # How far people differ from one another in bias and slope: variances, learned.
        self.biases, self.slopes = self.noise / 4, SLOPES**2

    def learn(self) -> None:
        ratings, who = self.ratings, self.ratings.annotators
        item, doubt = self._others()
        place = item - self.mean
        slope = self.slope[who]
        sure = 1 / (self.variance[who] + slope**2 * doubt)
        self._learn_lines(place, sure)
        rest = ratings.values - self.mean - self.bias[who] - self.slope[who] * place
        # Of a squared difference only the share that is his own noise, not the others' doubt.
        own = rest**2 * self.variance[who] * sure
        sums = sum_per(who, own, ratings.n_annotators)
        self.noise = max(float(own.mean()), LEAST * self.spread, 1e-12) if len(ratings) else self.noise
        self.variance = (sums + STRENGTH * self.noise) / (self.answers + STRENGTH)
        self.variance = np.maximum(self.variance, LEAST * self.noise)
        self._learn_spread()

    def _learn_spread(self) -> None:
        ratings = self.ratings
        weight, told = self._told()
        sums, tolds = (sum_per(ratings.items, values, ratings.n_items) for values in (weight, told))
        item, doubt = _posterior(self.mean, self.spread, sums, tolds)
        squares = (item - self.mean) ** 2 + doubt
        rated = ratings.counts > 0
        if rated.sum() > 1:
            self.spread = max(float(squares[rated].mean()), LEAST * self.noise)

    def _others(self) -> tuple[Floats, Floats]:
        """Per rating what the others say of its item, drawn towards the mean as far as they may be wrong; and the
        variance that remains."""
        weight, told = self._told()
        item, doubt = _posterior(self.mean, self.spread, *self._left(weight, told))
        known = self.ratings.known[self.ratings.items]
        is_known = ~np.isnan(known)
        return np.where(is_known, known, item), np.where(is_known, 0.0, doubt)

    def _told(self) -> tuple[Floats, Floats]:
        who = self.ratings.annotators
        slope, variance = self.slope[who], self.variance[who]
        return slope**2 / variance, slope / variance * (self.ratings.values - self.mean - self.bias[who])

    def _left(self, weight: Floats, told: Floats) -> tuple[Floats, Floats]:
        items, size = self.ratings.items, self.ratings.n_items
        left = sum_per(items, weight, size)[items] - weight
        # What is left of a sum when all of it was taken away is not quite nought.
        alone = self.ratings.counts[items] == 1
        return np.where(alone, 0.0, np.maximum(left, 0.0)), np.where(
            alone, 0.0, sum_per(items, told, size)[items] - told
        )

    def _learn_lines(self, place: Floats, sure: Floats) -> None:
        """Everybody's bias and slope: a weighted line through his ratings, drawn towards (0, 1)."""
        who, size = self.ratings.annotators, self.ratings.n_annotators
        rest = self.ratings.values - self.mean - place
        aa = sum_per(who, sure, size) + 1 / max(self.biases, 1e-9)
        ab = sum_per(who, sure * place, size)
        bb = sum_per(who, sure * place**2, size) + 1 / max(self.slopes, 1e-9)
        ya, yb = sum_per(who, sure * rest, size), sum_per(who, sure * rest * place, size)
        area = aa * bb - ab**2
        self.bias = (bb * ya - ab * yb) / area
        self.slope = 1 + (aa * yb - ab * ya) / area
        active = self.answers > 0
        if active.any():
            self.biases = float((self.bias**2 + bb / area)[active].mean())
            self.slopes = max(float(((self.slope - 1) ** 2 + aa / area)[active].mean()), 1e-4)
            # The crowd as a whole is taken to be right.
            self.bias -= np.average(self.bias, weights=self.answers)
            self.slope += 1 - np.average(self.slope, weights=self.answers)

    def raters(self) -> Raters:
        ratings = self.ratings
        people = People(self.bias, self.slope, self.variance, self.mean, self.noise)
        weight, _ = self._told()
        sums = sum_per(ratings.items, weight, ratings.n_items)
        return Raters(people, apply_raters(ratings, people), 1 / (sums + people.little), self.spread)


def apply_raters(ratings: Ratings, people: People) -> Centre:
    """What the ratings say of the items when everybody's way with numbers is known."""
    who, items, size = ratings.annotators, ratings.items, ratings.n_items
    weight = people.slope[who] ** 2 / people.variance[who]
    told = people.slope[who] / people.variance[who] * (ratings.values - people.mean - people.bias[who])
    weights, tolds = sum_per(items, weight, size), sum_per(items, told, size)
    plain, little = means(ratings), people.little
    of_items = people.mean + (tolds + little * (plain.of_items - people.mean)) / (weights + little)
    left = np.maximum(weights[items] - weight, 0.0)
    of_others = people.mean + (tolds[items] - told + little * (plain.of_others - people.mean)) / (left + little)
    return Centre(_within(ratings, of_items), of_others)


def is_uninformative(raters: Raters, ratings: Ratings) -> Bools:
    answers = np.bincount(ratings.annotators, minlength=ratings.n_annotators)
    told = raters.people.reliability(raters.spread)
    typical = float(np.average(told, weights=answers)) if len(ratings) else 0.0
    flagged: Bools = (answers >= ANSWERS) & (told < LEAST_SHARE * typical)
    return flagged


def _within(ratings: Ratings, centre: Floats) -> Floats:
    """No value lies beyond the least or the greatest rating that was given to its item."""
    least, most = np.full(ratings.n_items, np.inf), np.full(ratings.n_items, -np.inf)
    np.minimum.at(least, ratings.items, ratings.values)
    np.maximum.at(most, ratings.items, ratings.values)
    return np.where(least <= most, np.clip(centre, least, np.maximum(most, least)), centre)


def _posterior(mean: float, spread: float, weight: Floats, told: Floats) -> tuple[Floats, Floats]:
    doubt = 1 / (1 / spread + weight)
    return mean + told * doubt, doubt


def _components(ratings: Ratings) -> tuple[float, float, float]:
    """The mean of the items, the variance of ratings about their item, and the variance of the items (ANOVA).

    Where no item was rated twice nothing tells the two apart, and each is taken to be half.
    """
    if not len(ratings):
        return 0.0, 1.0, 1.0
    rated = ratings.counts > 0
    centre = means(ratings).of_items
    total = float(np.var(ratings.values)) or 1.0
    mean = float(centre[rated].mean())
    freedom = len(ratings) - int(rated.sum())
    if not freedom:
        return mean, total / 2, total / 2
    noise = float(((ratings.values - centre[ratings.items]) ** 2).sum()) / freedom
    between = float(np.var(centre[rated], ddof=1)) if rated.sum() > 1 else 0.0
    spread = between - noise * float((1 / ratings.counts[rated]).mean())
    return mean, max(noise, LEAST * total), max(spread, LEAST * total)
