"""What the default promises whatever the crowd is like; gold only scores here."""

from dataclasses import replace

import numpy as np
import pytest

from annotation.agreement.auto import WEIGHTS, auto, tried
from annotation.agreement.hierarchy import hierarchy, matrices
from annotation.agreement.majority import majority
from annotation.agreement.methods import METHODS
from annotation.agreement.one_coin import one_coin
from annotation.agreement.votes import UNKNOWN, Votes
from annotation.tests.agreement.votes_for_tests import simulated_crowd


def biased_crowd(*, seed, items=300, annotators=20, per_item=7):
    """Yes or no, where half of the people say yes far too readily: one number per person cannot describe them."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, items)
    is_eager = np.arange(annotators) % 2 == 0
    who = np.concatenate([rng.choice(annotators, per_item, replace=False) for _ in range(items)])
    what = np.repeat(np.arange(items), per_item)
    says_yes = np.where(truth[what] == 1, np.where(is_eager[who], 0.97, 0.8), np.where(is_eager[who], 0.7, 0.05))
    labels = (rng.random(len(who)) < says_yes).astype(int)
    return Votes(what, who, labels, items, annotators, 2), truth


def right(method, votes, truth):
    return (method(votes).labels == truth).mean()


@pytest.mark.parametrize("seed", range(3))
def test_auto_is_far_above_the_vote_where_people_err_towards_one_class(seed):
    votes, truth = biased_crowd(seed=seed)

    assert right(auto, votes, truth) > right(majority, votes, truth) + 0.05
    assert right(auto, votes, truth) >= right(one_coin, votes, truth) - 0.01


@pytest.mark.parametrize("seed", range(3))
def test_auto_keeps_up_with_one_coin_where_one_coin_is_the_truth(seed):
    crowd = simulated_crowd(seed=seed, items=600)

    assert right(auto, crowd.votes, crowd.truth) >= right(one_coin, crowd.votes, crowd.truth) - 0.015


def test_auto_follows_the_vote_where_everybody_agrees_but_for_a_stranger():
    votes = Votes(np.repeat(np.arange(50), 4), np.tile(np.arange(4), 50), np.tile([0, 0, 0, 1], 50), 50, 4, 2)

    assert (auto(votes).labels == 0).all()


@pytest.mark.parametrize("name", METHODS)
def test_somebody_without_answers_changes_nothing(name):
    votes = simulated_crowd(seed=7).votes

    with_idler = METHODS[name](replace(votes, n_annotators=votes.n_annotators + 1))

    assert np.array_equal(with_idler.posterior, METHODS[name](votes).posterior)


@pytest.mark.parametrize("name", [name for name in METHODS if name != "majority"])
def test_somebody_who_always_says_the_same_decides_nothing(name):
    crowd = simulated_crowd(seed=8, items=500, classes=3)
    votes = crowd.votes
    parrot = Votes(
        np.append(votes.items, np.arange(500)),
        np.append(votes.annotators, np.full(500, votes.n_annotators)),
        np.append(votes.labels, np.zeros(500, dtype=int)),
        500,
        votes.n_annotators + 1,
        3,
    )

    before, after = METHODS[name](votes), METHODS[name](parrot)

    # The plain vote changes its mind on 11 % of these items.
    assert (before.labels != after.labels).mean() < 0.04
    assert (after.labels == crowd.truth).mean() > (before.labels == crowd.truth).mean() - 0.015


def test_without_probes_the_committee_has_its_stated_weights():
    assert tried(simulated_crowd(seed=1).votes)[0] is WEIGHTS
    assert WEIGHTS.sum() == pytest.approx(1)


def test_probes_give_weight_to_the_members_that_are_right_about_them():
    votes, truth = biased_crowd(seed=4)
    known = np.full(votes.n_items, UNKNOWN)
    known[:60] = truth[:60]

    weights, mix = tried(replace(votes, known=known))

    # The vote and one-coin are the ones that cannot describe this crowd.
    assert weights[2:].sum() > WEIGHTS[2:].sum()
    assert weights.sum() == pytest.approx(1)
    assert mix.vote == pytest.approx(weights[0])
    assert 0.2 < mix.temperature < 5
    assert 0.2 < mix.models_temperature < 5


def test_the_hierarchy_finds_both_kinds_of_error():
    votes, _ = biased_crowd(seed=5, items=600)

    rows = matrices(votes, hierarchy(votes).posterior).rows

    eager, careful = rows[0::2].mean(axis=0), rows[1::2].mean(axis=0)
    assert np.allclose(rows.sum(axis=1), 1)
    assert eager[1, 0] == pytest.approx(0.7, abs=0.08)  # says yes where no is right
    assert careful[1, 0] == pytest.approx(0.05, abs=0.06)
    assert careful[1, 1] == pytest.approx(0.8, abs=0.08)


def test_a_single_answer_each_is_not_an_agreement():
    """Trap: a plain fit in a buying loop takes one answer each for consensus and stops."""
    votes = Votes(np.arange(300), np.arange(300) % 10, np.arange(300) % 2, 300, 10, 2)

    assert auto(votes).confidence.max() < 0.9
