"""How far numbers given to the same items agree: Krippendorff's alpha (interval, ordinal), and the ICC."""

import numpy as np
from scipy.stats import rankdata

from annotation.agreement.coefficients import Alpha
from annotation.agreement.distance_alpha import distance_alpha
from annotation.agreement.numbers import Ratings, means
from annotation.agreement.votes import Floats, sum_per


def interval_alpha(ratings: Ratings, *, seed: int = 0) -> Alpha | None:
    """The distance of two numbers is their squared difference."""
    return _alpha(ratings, ratings.values, seed)


def ordinal_alpha(ratings: Ratings, *, seed: int = 0) -> Alpha | None:
    """Krippendorff's distance of two levels, how many ratings lie between them, is a difference of ranks."""
    paired = ratings.counts[ratings.items] > 1
    ranks = np.zeros(len(ratings))
    ranks[paired] = rankdata(ratings.values[paired])
    return _alpha(ratings, ranks, seed)


def _alpha(ratings: Ratings, values: Floats, seed: int) -> Alpha | None:
    paired = ratings.counts[ratings.items] > 1
    if not paired.any():
        return None
    scaled = values / (np.abs(values).max() or 1.0)
    within = 2 * _within(ratings, scaled) / np.maximum(ratings.counts - 1, 1)
    return distance_alpha(within, ratings.counts, 2 * float(np.var(scaled[paired], ddof=1)), seed=seed)


def _within(ratings: Ratings, values: Floats) -> Floats:
    """Per item the sum of squared distances from its mean."""
    centre = sum_per(ratings.items, values, ratings.n_items) / np.maximum(ratings.counts, 1)
    return sum_per(ratings.items, (values - centre[ratings.items]) ** 2, ratings.n_items)


def intraclass(ratings: Ratings) -> tuple[float, float] | None:
    """ICC(1) of one rating and of the mean of as many as an item has, every item having its own raters."""
    rated = ratings.counts > 0
    items, total = int(rated.sum()), len(ratings)
    if items < 2 or total <= items:
        return None
    scale = float(np.abs(ratings.values).max()) or 1.0
    values = ratings.values / scale
    inside = float(_within(ratings, values).sum()) / (total - items)
    centre = means(ratings).of_items[rated] / scale
    between = float((ratings.counts[rated] * (centre - values.mean()) ** 2).sum()) / (items - 1)
    size = (total - float((ratings.counts**2).sum()) / total) / (items - 1)
    if between + (size - 1) * inside <= 0:
        return 1.0, 1.0
    single = (between - inside) / (between + (size - 1) * inside)
    return single, (between - inside) / between if between > 0 else 0.0
