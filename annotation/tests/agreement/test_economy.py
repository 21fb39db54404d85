import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.agreement.economy import Collection, Policy, collect
from annotation.agreement.policy import believe, best_per_item, information, informations
from annotation.tests.agreement.votes_for_tests import simulated_crowd

chances = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda row: [x / sum(row) for x in row])
matrix = st.lists(chances, min_size=3, max_size=3).map(
    lambda columns: [list(row) for row in zip(*columns, strict=True)]
)


@given(belief=chances, rows=matrix)
def test_the_two_forms_of_information_agree(belief, rows):
    told = informations(np.array([belief]), np.array([rows]))[0]

    assert information(belief, rows) == pytest.approx(told, abs=1e-9)
    assert 0 <= told <= np.log(3) + 1e-9


def test_who_answers_the_same_whatever_is_right_tells_nothing():
    assert information([0.5, 0.3, 0.2], [[0.7] * 3, [0.2] * 3, [0.1] * 3]) == pytest.approx(0)


def test_a_certain_item_leaves_nothing_to_tell():
    assert information([1.0, 0.0], [[0.9, 0.1], [0.1, 0.9]]) == pytest.approx(0)


def test_the_better_annotator_tells_more_and_the_more_open_item_is_told_more():
    good, poor = [[0.9, 0.1], [0.1, 0.9]], [[0.6, 0.4], [0.4, 0.6]]

    assert information([0.5, 0.5], good) > information([0.5, 0.5], poor)
    assert information([0.5, 0.5], good) > information([0.9, 0.1], good)


@given(belief=chances, row=chances)
def test_a_belief_stays_a_distribution(belief, row):
    assert sum(believe(belief, row)) == pytest.approx(1)


def test_worth_chooses_and_newcomers_get_their_share():
    rng = np.random.default_rng(0)
    items = np.repeat(np.arange(4000), 3)
    worth = np.tile([0.1, 0.9, 0.2], 4000)

    best = best_per_item(items, worth, drawn=rng.random(len(items)), newcomers=0.15)

    assert items[best].tolist() == list(range(4000))
    # Chance chooses among three on 15 % of the items, so the best is passed over on two thirds of those.
    assert (worth[best] < 0.9).mean() == pytest.approx(0.10, abs=0.02)


def bought(crowd, **policy):
    collection = Collection(crowd.votes)
    collect(collection, Policy(**policy), seed=3)
    return collection


def test_collection_keeps_to_its_minimum_and_maximum():
    crowd = simulated_crowd(seed=1, per_item=9)

    counts = bought(crowd, minimum=2, maximum=4).votes().votes_per_item()

    assert counts.min() >= 2
    assert counts.max() <= 4


def test_collection_stops_when_sure_and_spends_on_what_is_open():
    crowd = simulated_crowd(seed=2, per_item=12)

    collection = bought(crowd, target=0.95)

    counts = collection.votes().votes_per_item()
    assert counts.mean() < 6
    assert counts.std() > 0.5
    assert (collection.belief.argmax(axis=1) == crowd.truth).mean() > 0.93


def test_a_higher_target_buys_more():
    crowd = simulated_crowd(seed=2, per_item=12)

    assert len(bought(crowd, target=0.99).bought) > len(bought(crowd, target=0.9).bought)


def test_nothing_is_bought_twice_and_the_same_seed_buys_the_same():
    crowd = simulated_crowd(seed=5, per_item=7)

    one, two = bought(crowd), bought(crowd)

    assert len(np.unique(one.bought)) == len(one.bought)
    assert one.bought.tobytes() == two.bought.tobytes()


def test_what_was_not_bought_is_not_seen():
    """Other labels on the votes that a run did not buy leave the run as it was."""
    crowd = simulated_crowd(seed=6, per_item=9)
    first = bought(crowd)
    unseen = np.setdiff1d(np.arange(len(crowd.votes)), first.bought)
    crowd.votes.labels[unseen] = (crowd.votes.labels[unseen] + 1) % 3

    assert bought(crowd).bought.tobytes() == first.bought.tobytes()


def test_buying_does_not_stop_because_a_crowd_of_guessers_agrees_by_chance():
    """Trap: after an answer or two each, a fit that feeds on itself is sure of everything."""
    rng = np.random.default_rng(1)
    crowd = simulated_crowd(seed=7, items=200, annotators=40, per_item=20, classes=2)
    crowd.votes.labels[:] = rng.integers(0, 2, len(crowd.votes))

    counts = bought(crowd, target=0.95).votes().votes_per_item()

    assert counts.mean() > 10
