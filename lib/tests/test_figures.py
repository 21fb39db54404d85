from datetime import UTC, datetime, timedelta
from decimal import Context

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import figures

WIDE = Context(prec=200)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@given(st.integers(-(10**77), 10**77), st.integers(0, 36))
def test_exact_decimal_loses_nothing(minor, decimals):
    number = figures.exact_decimal(minor, decimals)

    assert int(number.scaleb(decimals, WIDE)) == minor


@given(st.integers(0, 10**30), st.integers(0, 18))
def test_decimal_places_show_every_digit_that_counts(minor, decimals):
    places = figures.decimal_places(minor, decimals)

    assert minor % 10 ** (decimals - places) == 0
    assert places >= min(2, decimals)


@pytest.mark.parametrize(
    ("minor", "decimals", "places"),
    [(1250000, 6, 2), (1250001, 6, 6), (1000000, 6, 2), (7, 0, 0), (0, 18, 2), (5, 1, 1)],
)
def test_decimal_places_drop_only_needless_zeros(minor, decimals, places):
    assert figures.decimal_places(minor, decimals) == places


def test_wilson_interval_agrees_with_the_published_value():
    # Newcombe 1998, table I, case (a): 81 of 263.
    low, high = figures.wilson_interval(81, 263)

    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


@pytest.mark.parametrize(("k", "n"), [(0, 0), (0, 5), (5, 5), (1, 1)])
def test_wilson_interval_stays_between_nothing_and_all(k, n):
    low, high = figures.wilson_interval(k, n)

    assert 0 <= low < high <= 1


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        (timedelta(seconds=-59), ("minute", 0)),
        (timedelta(seconds=-60), ("minute", -1)),
        (timedelta(minutes=59), ("minute", 59)),
        (timedelta(hours=-25), ("day", -1)),
        (timedelta(days=800), ("year", 2)),
    ],
)
def test_coarse_distance_names_the_largest_unit_that_fits(away, expected):
    assert figures.coarse_distance(NOW + away, NOW) == expected


def test_bars_are_as_wide_as_their_share_of_the_longest():
    drawn = figures.bars([{"label": "a", "value": 4}, {"label": "b", "value": 1}, {"label": "c", "value": 0}])

    assert [bar.width for bar in drawn] == [100.0, 25.0, 0.0]


def test_bars_of_nothing_have_no_width():
    assert [bar.width for bar in figures.bars([{"label": "a", "value": 0}])] == [0.0]


def test_polyline_goes_from_ground_to_top():
    assert figures.polyline([0, 1]) == "0.0,30.0 120.0,2.0"
    assert figures.polyline([]) == ""


def test_a_decimal_prints_without_exponent():
    assert f"{figures.exact_decimal(1, 18):f}" == "0.000000000000000001"
