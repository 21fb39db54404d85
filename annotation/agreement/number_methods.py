"""What the numbers given to an item add up to, and how sure that is.

`auto` mixes a plain centre with the model of people (raters.py). Which centre is wise differs: on scales of opinion
the mean is, because a far-off rating is an opinion too; where numbers are measured and some are slips of the pen, the
median is. The ratings themselves tell: a good centre of the *other* ratings comes near the rating that was left out.
The centre is the mean, but as far as it pays the mixture of mean, trimmed mean and median that comes nearest
(stacking). The model has half of the say, more where it removes more than half of the centre's error, less where it
adds to it.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np

from annotation.agreement.numbers import Bools, Centre, Ratings, means, medians, trimmed_means
from annotation.agreement.raters import Raters, apply_raters, fit_raters, is_uninformative
from annotation.agreement.votes import Floats, Ints, sum_per

# Of the plain centres the mean, the trimmed mean and the median, where nothing is known of the crowd.
WEIGHTS = np.array([1.0, 0.0, 0.0])
# Gains are believed as far as there are more ratings than this to show them.
RATINGS_WORTH = 100.0
# The model's say where it neither adds to the centre's error nor halves it: what people do wrong together no model
# of them sees.
SHARE = 0.5
# So many times as far from the others as people usually are.
SLIP = 20.0
# The model is tried on items that it was not fitted to: on each part of the items when fitted to the others.
PARTS = 4
# An item's own unsteadiness is drawn towards the usual one with the weight of so many ratings.
STRENGTH = 4.0


@dataclass(frozen=True, slots=True)
class NumberFit:
    """`confidence` is the reliability of a value: the share of its variance that is the item's, not the raters'.

    `error` is the standard error of each value; bias, slope and deviation are everybody's own. `weights` says how much
    of mean, trimmed mean, median and model is in the values.
    """

    values: Floats
    error: Floats
    confidence: Floats
    bias: Floats
    slope: Floats
    deviation: Floats
    reliability: Floats
    is_uninformative: Bools
    weights: Floats


Weigh = Callable[[Ratings, Sequence[Centre], Raters], Floats]


def _only(place: int) -> Weigh:
    return lambda ratings, centres, raters: np.eye(4)[place]


def _mixture(ratings: Ratings, centres: Sequence[Centre], raters: Raters) -> Floats:
    said = np.stack([centre.of_others for centre in centres[:3]], axis=1)
    usable = ~np.isnan(said).any(axis=1)
    usable &= ~_slips(ratings.values - said[:, 2])
    said, given = said[usable], ratings.values[usable]
    if not len(said):
        return np.append(WEIGHTS * (1 - SHARE), SHARE)
    others = ratings.counts[ratings.items][usable]
    # The mean is left for another centre as far as that pays: wholly where it halves the error.
    pays = _gain(given, said[:, 0], said @ (stacked := _stacked(said, given)), others)
    plain = WEIGHTS + min(max(2 * pays, 0.0), 1.0) * (stacked - WEIGHTS)
    share = _share(_gain(given, said @ plain, _blind(ratings)[usable], others))
    return np.append(plain * (1 - share), share)


def _slips(apart: Floats) -> Bools:
    """Ratings so far from the median of the others that they judge no centre: a decimal point gone astray, not an
    opinion."""
    sizes = np.abs(apart[~np.isnan(apart)])
    usual = (float(np.median(sizes)) or float(sizes.mean())) if len(sizes) else 0.0
    slips: Bools = np.abs(np.nan_to_num(apart)) > SLIP * usual
    return slips


def _gain(given: Floats, before: Floats, after: Floats, counts: Floats) -> float:
    """How much of the error of the one centre of others the other removes, by the ratings left out. Of their distance
    from a centre most is their own; the mean of so many others errs by one part in `counts` of it."""
    apart = (given - before) ** 2
    error = float((apart / counts).mean())
    removed = float((apart - (given - after) ** 2).mean())
    return removed / error * len(given) / (len(given) + RATINGS_WORTH) if error > 0 else 0.0


def _share(gain: float) -> float:
    """The model's say, by the share of the centre's error that it removes."""
    if gain < 0:
        return max(SHARE + gain, 0.0)
    return min(max(SHARE, gain), 1.0)


def _stacked(said: Floats, given: Floats) -> Floats:
    """The mixture of centres of others that comes nearest to the ratings left out."""
    # Where centres say the same, their weights are drawn together.
    little = 1e-6 * float((said**2).sum()) + 1e-12
    return _least_on_simplex(said.T @ said + little * np.eye(len(WEIGHTS)), said.T @ given + little * WEIGHTS)


def _blind(ratings: Ratings) -> Floats:
    """Per rating what the others say of its item by the model, the people known from other items only."""
    part = _parts(ratings)
    said = np.full(len(ratings), np.nan)
    for number in np.unique(part).tolist():
        away = part[ratings.items] == number
        if away.all():
            return means(ratings).of_others
        said[away] = apply_raters(ratings, fit_raters(ratings.only(~away)).people).of_others[away]
    return said


def _parts(ratings: Ratings) -> Ints:
    """Items dealt into parts by what was said of them, and by nothing else: no name and no order decides it."""
    order = np.lexsort((ratings.values, ratings.items))
    ranks = np.unique(ratings.values, return_inverse=True)[1].astype(np.int64)[order]
    starts = np.searchsorted(ratings.items[order], np.arange(ratings.n_items + 1))
    return np.array(
        [zlib.crc32(ranks[start:end].tobytes()) % PARTS for start, end in pairwise(starts)],
        dtype=np.int64,
    )


def _least_on_simplex(gram: Floats, aim: Floats) -> Floats:
    """The weights, none below nought and 1 in sum, that make w·gram·w − 2 aim·w least: every set of them is tried."""
    size = len(aim)
    best, least = np.eye(size)[0], np.inf
    for count in range(1, size + 1):
        for chosen in combinations(range(size), count):
            rows = list(chosen)
            system = np.ones((count + 1, count + 1))
            system[:count, :count], system[count, count] = gram[np.ix_(rows, rows)], 0.0
            found = np.linalg.solve(system, np.append(aim[rows], 1.0))[:count]
            if (found < -1e-12).any():
                continue
            weights = np.zeros(size)
            weights[rows] = np.maximum(found, 0.0)
            loss = float(weights @ gram @ weights - 2 * aim @ weights)
            if loss < least - 1e-12:
                best, least = weights / weights.sum(), loss
    return best


NUMBER_METHODS: dict[str, Weigh] = {
    "mean": _only(0),
    "trimmed_mean": _only(1),
    "median": _only(2),
    "raters": _only(3),
    "auto": _mixture,
}


def fit_numbers(ratings: Ratings, method: str = "auto") -> NumberFit:
    """In units of the ratings' own: adding to all of them or stretching all of them changes nothing else."""
    middle, unit = _units(ratings.values)
    plain = replace(ratings, values=(ratings.values - middle) / unit, known=(ratings.known - middle) / unit)
    everybody = fit_raters(plain)
    is_idle = is_uninformative(everybody, plain)
    if method == "auto" and is_idle.any():
        # Who tells nothing is not heard at all, but where nobody else was asked.
        heard = ~is_idle[plain.annotators]
        alone = sum_per(plain.items, heard.astype(np.float64), plain.n_items) == 0
        plain = plain.only(heard | alone[plain.items])
        raters = fit_raters(plain)
        people = raters.people.but(everybody.people, is_idle)
    else:
        raters, people = everybody, everybody.people
    centres = (means(plain), trimmed_means(plain), medians(plain), raters.centre)
    weights = NUMBER_METHODS[method](plain, centres, raters)
    values = np.zeros(plain.n_items)
    for weight, centre in zip(weights, centres, strict=True):
        if weight:
            values += weight * centre.of_items
    variance = _variances(plain, raters, values)
    return NumberFit(
        values=np.where(ratings.is_known, ratings.known, values * unit + middle),
        error=np.where(ratings.is_known, 0.0, np.sqrt(variance) * unit),
        confidence=np.where(ratings.is_known, 1.0, raters.spread / (raters.spread + variance)),
        bias=people.bias * unit,
        slope=people.slope,
        deviation=np.sqrt(people.variance) * unit,
        reliability=people.reliability(raters.spread),
        is_uninformative=is_idle,
        weights=weights,
    )


def _units(values: Floats) -> tuple[float, float]:
    """The median, and how far half of the ratings lie from it; the mean distance where most are the same."""
    if not len(values):
        return 0.0, 1.0
    middle = float(np.median(values))
    away = np.abs(values - middle)
    usual = float(np.median(away)) * 1.4826
    # Where the farthest rating lies so much farther that fourth powers would not fit, that one sets the unit.
    is_enough = usual > float(away.max()) * 1e-12
    return middle, usual if is_enough else float(away.mean()) or 1.0


def _variances(ratings: Ratings, raters: Raters, values: Floats) -> Floats:
    """Of each value: what the model of people expects, times how unsteady this item's ratings are beside that."""
    who, people = ratings.annotators, raters.people
    away = (ratings.values - people.bias[who] - values[ratings.items]) ** 2
    usual = people.variance[who] + (people.slope[who] - 1) ** 2 * raters.spread
    ratio = sum_per(ratings.items, away / usual, ratings.n_items)
    freedom = np.maximum(ratings.counts - 1, 0.0)
    ratio = np.where(ratings.counts > 1, ratio, 0.0)
    unsteady = (ratio + STRENGTH) / (freedom + STRENGTH)
    variance: Floats = raters.uncertainty * unsteady
    return variance
