from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from annotation.agreement.intervals import beta_bounds, wilson


def test_wilson_gives_the_published_interval():
    # Newcombe 1998, table I: 81 of 263.
    interval = wilson(81, 263)

    assert interval.estimate == pytest.approx(0.3080, abs=1e-4)
    assert (interval.low, interval.high) == pytest.approx((0.2553, 0.3662), abs=1e-4)


@given(trials=st.integers(1, 10_000), data=st.data())
def test_wilson_lies_between_0_and_1_and_holds_its_estimate(trials, data):
    interval = wilson(data.draw(st.integers(0, trials)), trials)

    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1


@given(share=st.floats(0, 1), trials=st.integers(1, 1000))
def test_wilson_narrows_with_more_trials(share, trials):
    few, many = wilson(share * trials, trials), wilson(share * 10 * trials, 10 * trials)

    assert many.high - many.low < few.high - few.low


def test_wilson_of_nothing_says_nothing():
    interval = wilson(0, 0)

    assert isnan(interval.estimate)
    assert (interval.low, interval.high) == (0.0, 1.0)


def test_wilson_refuses_more_successes_than_trials():
    with pytest.raises(ValueError, match="between 0 and trials"):
        wilson(3, 2)


def test_beta_bounds_are_the_quantiles():
    low, high = beta_bounds(np.array([8.0, 1.0]), np.array([2.0, 1.0]))

    assert low == pytest.approx(beta.ppf(0.025, [8, 1], [2, 1]))
    assert high == pytest.approx(beta.ppf(0.975, [8, 1], [2, 1]))
