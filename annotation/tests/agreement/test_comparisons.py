import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from annotation.agreement.comparisons import Comparisons, bradley_terry
from annotation.agreement.judges import PAIR_METHODS

every_method = pytest.mark.parametrize("method", PAIR_METHODS.values(), ids=PAIR_METHODS.keys())


def crowd(*, seed, things=30, people=20, count=1500, keen=None):
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 1.5, things)
    firsts = rng.integers(0, things, count)
    seconds = (firsts + rng.integers(1, things, count)) % things
    who = rng.integers(0, people, count)
    keen = np.ones(people) if keen is None else keen
    chance = 1 / (1 + np.exp(-keen[who] * (truth[firsts] - truth[seconds])))
    said = (rng.random(count) < chance).astype(float)
    return Comparisons(firsts, seconds, who, said, np.ones(count), things, people), truth


@st.composite
def any_comparisons(draw):
    things, people = draw(st.integers(2, 6)), draw(st.integers(1, 4))
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, things - 1),
                st.integers(1, things - 1),
                st.integers(0, people - 1),
                st.sampled_from([0.0, 0.5, 1.0]),
            ),
            min_size=1,
            max_size=25,
        )
    )
    firsts = np.array([row[0] for row in rows])
    seconds = (firsts + np.array([row[1] for row in rows])) % things
    return Comparisons(
        firsts,
        seconds,
        np.array([row[2] for row in rows]),
        np.array([row[3] for row in rows]),
        np.ones(len(rows)),
        things,
        people,
    )


@every_method
@given(comparisons=any_comparisons())
def test_the_chances_of_the_two_orders_sum_to_1(method, comparisons):
    judging = method(comparisons)
    scores, firsts, seconds = judging.scores, comparisons.firsts, comparisons.seconds

    assert np.isfinite(scores.values).all()
    assert np.allclose(scores.chance_above(firsts, seconds) + scores.chance_above(seconds, firsts), 1)
    assert np.allclose(scores.chance_chosen(firsts, seconds) + scores.chance_chosen(seconds, firsts), 1)
    assert ((judging.faith > 0) & (judging.faith < 1)).all()


@every_method
@given(comparisons=any_comparisons(), seed=st.integers(0, 100))
def test_the_order_of_rows_things_and_people_and_of_the_two_in_a_pair_changes_nothing(method, comparisons, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(comparisons))
    things, people = rng.permutation(comparisons.n_things), rng.permutation(comparisons.n_annotators)
    turned = rng.random(len(comparisons)) < 0.5
    mixed = Comparisons(
        things[np.where(turned, comparisons.seconds, comparisons.firsts)][order],
        things[np.where(turned, comparisons.firsts, comparisons.seconds)][order],
        people[comparisons.annotators][order],
        np.where(turned, 1 - comparisons.shares, comparisons.shares)[order],
        comparisons.weights,
        comparisons.n_things,
        comparisons.n_annotators,
    )

    plain, other = method(comparisons), method(mixed)

    assert np.allclose(plain.scores.values, other.scores.values[things], atol=1e-5)
    assert np.allclose(plain.faith, other.faith[people], atol=1e-5)


@every_method
def test_two_equal_runs_give_equal_bytes(method):
    comparisons, _ = crowd(seed=1)

    assert method(comparisons).scores.values.tobytes() == method(comparisons).scores.values.tobytes()


@every_method
def test_the_true_order_is_found(method):
    comparisons, truth = crowd(seed=2)

    assert spearmanr(method(comparisons).scores.values, truth).statistic > 0.95


@pytest.mark.parametrize("name", ["crowd_bradley_terry", "keen_bradley_terry", "auto"])
def test_whoever_tosses_coins_changes_almost_nothing(name):
    comparisons, truth = crowd(seed=3)
    rng = np.random.default_rng(0)
    firsts = rng.integers(0, 30, 400)
    more = Comparisons(
        np.append(comparisons.firsts, firsts),
        np.append(comparisons.seconds, (firsts + rng.integers(1, 30, 400)) % 30),
        np.append(comparisons.annotators, np.full(400, 20)),
        np.append(comparisons.shares, rng.integers(0, 2, 400)),
        np.ones(1900),
        30,
        21,
    )

    before, after = PAIR_METHODS[name](comparisons), PAIR_METHODS[name](more)

    assert spearmanr(before.scores.values, after.scores.values).statistic > 0.985
    assert spearmanr(after.scores.values, truth).statistic > 0.95
    assert after.faith[20] < 0.65 < np.median(after.faith)


def test_people_who_can_tell_are_found():
    keen = np.where(np.arange(20) < 10, 2.0, 0.0)
    comparisons, truth = crowd(seed=4, keen=keen)

    plain, crowd_found, both = (
        PAIR_METHODS[name](comparisons) for name in ("bradley_terry", "crowd_bradley_terry", "auto")
    )

    assert both.faith[:10].min() > both.faith[10:].max()
    assert both.keenness[:10].min() > both.keenness[10:].max()
    for found in (crowd_found, both):
        better = spearmanr(found.scores.values, truth).statistic
        assert better > spearmanr(plain.scores.values, truth).statistic


def test_whoever_says_the_contrary_is_turned_round():
    keen = np.where(np.arange(20) < 5, -2.0, 2.0)
    comparisons, truth = crowd(seed=5, keen=keen)

    found = PAIR_METHODS["auto"](comparisons)

    assert found.faith[:5].max() < 0.4
    assert spearmanr(found.scores.values, truth).statistic > 0.95


def test_bradley_and_terrys_scores_solve_their_equations():
    """At the likeliest scores everything has won as often as it was expected to, but for what draws scores to 0."""
    comparisons, _ = crowd(seed=6, things=8, count=400)

    scores = bradley_terry(comparisons)

    chance = 1 / (1 + np.exp(-(scores.values[comparisons.firsts] - scores.values[comparisons.seconds])))
    rest = comparisons.shares - chance
    won = np.bincount(comparisons.firsts, rest, 8) - np.bincount(comparisons.seconds, rest, 8)
    assert won.sum() == pytest.approx(0, abs=1e-9)
    assert np.allclose(won, scores.values * (won @ scores.values) / (scores.values @ scores.values), atol=1e-3)


def test_more_comparisons_make_an_order_surer():
    few, _ = crowd(seed=7, count=200)
    many, _ = crowd(seed=7, count=5000)
    firsts, seconds = np.triu_indices(30, 1)

    def sure(comparisons):
        chance = PAIR_METHODS["auto"](comparisons).scores.chance_above(firsts, seconds)
        return float(np.maximum(chance, 1 - chance).mean())

    assert sure(few) + 0.05 < sure(many)


def test_many_things_are_scored_thing_by_thing():
    comparisons, truth = crowd(seed=8, things=2500, count=50_000)

    judging = PAIR_METHODS["bradley_terry"](comparisons)

    assert judging.scores.covariance.ndim == 1
    assert spearmanr(judging.scores.values, truth).statistic > 0.9
