import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.agreement.coefficients import krippendorff_alpha
from annotation.agreement.votes import Votes
from annotation.tests.agreement.votes_for_tests import simulated_crowd

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C: four observers, twelve units.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


def published_votes():
    cells = [
        (unit, observer, label - 1)
        for observer, labels in enumerate(OBSERVERS)
        for unit, label in enumerate(labels)
        if label
    ]
    return Votes(*np.array(cells).T, n_items=12, n_annotators=4, n_classes=5)


def test_alpha_is_the_published_one():
    alpha = krippendorff_alpha(published_votes())

    assert alpha.interval.estimate == pytest.approx(0.743, abs=5e-4)
    assert (alpha.items, alpha.answers) == (11, 40)


def test_alpha_of_chance_is_near_0_and_inside_its_interval():
    rng = np.random.default_rng(1)
    votes = Votes(np.repeat(np.arange(500), 3), np.tile(np.arange(3), 500), rng.integers(0, 4, 1500), 500, 3, 4)

    interval = krippendorff_alpha(votes).interval

    assert interval.low < 0 < interval.high
    assert interval.high - interval.low < 0.15


@given(label=st.integers(0, 2), items=st.integers(1, 5))
def test_alpha_of_full_agreement_is_1(label, items):
    votes = Votes(np.repeat(np.arange(items), 2), [0, 1] * items, [label] * 2 * items, items, 2, 3)

    interval = krippendorff_alpha(votes).interval

    assert (interval.estimate, interval.low, interval.high) == (1, 1, 1)


def test_alpha_needs_an_item_with_two_answers():
    assert krippendorff_alpha(Votes([0, 1], [0, 0], [0, 1], 2, 1, 2)) is None


def test_alpha_is_the_same_number_on_two_runs():
    assert krippendorff_alpha(published_votes()) == krippendorff_alpha(published_votes())


def test_alpha_over_many_items_draws_blocks_and_keeps_estimate_and_interval():
    crowd = simulated_crowd(seed=2, items=2500, per_item=3)
    counts = crowd.votes.table()
    agreeing = (counts * (counts - 1)).sum() / 2 / 7500
    classes = counts.sum(axis=0)
    expected = 1 - (1 - agreeing) / (1 - (classes * (classes - 1)).sum() / (7500 * 7499))

    interval = krippendorff_alpha(crowd.votes).interval

    assert interval.estimate == pytest.approx(expected)
    # The standard error of an agreement over 2,500 items of three answers is about .01.
    assert 0.02 < interval.high - interval.low < 0.06
