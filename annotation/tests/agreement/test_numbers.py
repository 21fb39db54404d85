import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.agreement.number_agreement import interval_alpha, intraclass, ordinal_alpha
from annotation.agreement.number_methods import NUMBER_METHODS, fit_numbers
from annotation.agreement.numbers import Ratings, means, medians, trimmed_means
from annotation.agreement.raters import fit_raters

every_method = pytest.mark.parametrize("method", NUMBER_METHODS)


def ratings_of(items, annotators, values, n_items=None, n_annotators=None, known=None):
    n_items = n_items or max(items) + 1
    return Ratings(
        np.array(items),
        np.array(annotators),
        np.array(values, dtype=float),
        n_items,
        n_annotators or max(annotators) + 1,
        np.full(n_items, np.nan) if known is None else np.array(known, dtype=float),
    )


def crowd(*, seed, items=200, people=20, per_item=6, noise=None, bias=None):
    rng = np.random.default_rng(seed)
    truth = rng.normal(50, 15, items)
    who = np.concatenate([rng.choice(people, per_item, replace=False) for _ in range(items)])
    what = np.repeat(np.arange(items), per_item)
    noise = np.full(people, 10.0) if noise is None else noise
    bias = np.zeros(people) if bias is None else bias
    values = truth[what] + bias[who] + rng.normal(0, 1, len(who)) * noise[who]
    return ratings_of(what, who, values, items, people), truth


def error(values, truth):
    return float(np.sqrt(np.mean((values - truth) ** 2)))


@st.composite
def any_ratings(draw):
    n_items, n_annotators = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, n_items - 1), st.integers(0, n_annotators - 1)),
            unique=True, min_size=1, max_size=30,
        )
    )  # fmt: skip
    values = draw(st.lists(st.integers(-50, 50), min_size=len(pairs), max_size=len(pairs)))
    items = sorted({item for item, _ in pairs})
    return ratings_of(
        [items.index(item) for item, _ in pairs], [who for _, who in pairs], values, len(items), n_annotators
    )


@given(ratings=any_ratings())
def test_centres_of_others_are_the_centres_without_the_rating(ratings):
    for centre, plainly in ((means, np.mean), (medians, np.median)):
        found = centre(ratings).of_others
        for row in range(len(ratings)):
            rest = ratings.values[(ratings.items == ratings.items[row]) & (np.arange(len(ratings)) != row)]
            assert found[row] == pytest.approx(plainly(rest)) if len(rest) else np.isnan(found[row])


def test_the_trimmed_mean_leaves_out_a_fifth_at_either_end():
    ratings = ratings_of([0] * 6, range(6), [1, 2, 3, 4, 100, 5])

    centre = trimmed_means(ratings)

    assert centre.of_items[0] == pytest.approx(3.5)
    # Without the 100 a fifth of five numbers is one at either end: 2, 3 and 4 are left.
    assert centre.of_others[4] == pytest.approx(3)
    assert centre.of_others[0] == pytest.approx(4)


@every_method
@given(ratings=any_ratings())
def test_values_are_numbers_and_confidences_lie_between_0_and_1(method, ratings):
    fit = fit_numbers(ratings, method)

    assert np.isfinite(fit.values).all()
    assert (fit.confidence >= 0).all()
    assert (fit.confidence <= 1).all()
    assert (fit.reliability >= 0).all()
    assert (fit.reliability <= 1).all()
    assert fit.weights.sum() == pytest.approx(1)


@every_method
@given(ratings=any_ratings(), seed=st.integers(0, 100))
def test_the_order_of_ratings_items_and_annotators_changes_nothing(method, ratings, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(ratings))
    items, people = rng.permutation(ratings.n_items), rng.permutation(ratings.n_annotators)
    mixed = ratings_of(
        items[ratings.items][order],
        people[ratings.annotators][order],
        ratings.values[order],
        ratings.n_items,
        ratings.n_annotators,
    )

    plain, other = fit_numbers(ratings, method), fit_numbers(mixed, method)

    assert np.allclose(plain.values, other.values[items], atol=1e-6)
    assert np.allclose(plain.confidence, other.confidence[items], atol=1e-6)
    assert np.allclose(plain.reliability, other.reliability[people], atol=1e-6)


@every_method
def test_other_units_change_nothing_but_the_unit(method):
    ratings, _ = crowd(seed=1)
    other = ratings_of(
        ratings.items, ratings.annotators, ratings.values * 1000 + 3, ratings.n_items, ratings.n_annotators
    )

    plain, stretched = fit_numbers(ratings, method), fit_numbers(other, method)

    assert np.allclose(plain.values * 1000 + 3, stretched.values)
    assert np.allclose(plain.confidence, stretched.confidence)
    assert np.allclose(plain.deviation * 1000, stretched.deviation)


@every_method
def test_two_equal_runs_give_equal_bytes(method):
    ratings, _ = crowd(seed=2)

    assert fit_numbers(ratings, method).values.tobytes() == fit_numbers(ratings, method).values.tobytes()


def test_whoever_rates_at_random_changes_almost_nothing():
    ratings, truth = crowd(seed=3)
    rng = np.random.default_rng(0)
    noisy = ratings_of(
        np.append(ratings.items, np.arange(200)),
        np.append(ratings.annotators, np.full(200, 20)),
        np.append(ratings.values, rng.uniform(-100, 200, 200)),
        200,
        21,
    )

    before, after = fit_numbers(ratings), fit_numbers(noisy)

    assert error(after.values, truth) < 1.05 * error(before.values, truth)
    assert error(after.values, before.values) < 0.25 * error(before.values, truth)
    assert error(after.values, truth) < 0.8 * error(fit_numbers(noisy, "mean").values, truth)
    assert after.reliability[20] < 0.1 < 0.5 < np.median(after.reliability)


def test_whoever_gives_the_same_number_to_everything_tells_nothing():
    ratings, truth = crowd(seed=4)
    lazy = ratings_of(
        np.append(ratings.items, np.arange(200)),
        np.append(ratings.annotators, np.full(200, 20)),
        np.append(ratings.values, np.full(200, 50.0)),
        200,
        21,
    )

    fit = fit_numbers(lazy)

    assert fit.reliability[20] < 0.05
    assert abs(fit.slope[20]) < 0.2
    assert error(fit.values, truth) < error(fit_numbers(lazy, "mean").values, truth)


def test_bias_and_unsteadiness_are_found():
    noise, bias = np.where(np.arange(20) < 10, 3.0, 20.0), np.where(np.arange(20) % 2, 12.0, -12.0)
    ratings, truth = crowd(seed=5, noise=noise, bias=bias)

    raters = fit_raters(ratings)
    fit = fit_numbers(ratings)

    assert np.corrcoef(raters.people.bias, bias)[0, 1] > 0.95
    assert fit.deviation[:10].max() < fit.deviation[10:].min()
    assert error(fit.values, truth) < 0.6 * error(fit_numbers(ratings, "mean").values, truth)


def test_slips_of_the_pen_do_not_carry_the_value_away():
    ratings, truth = crowd(seed=6, items=500)
    slipped = np.random.default_rng(0).random(len(ratings)) < 0.05
    wild = ratings_of(ratings.items, ratings.annotators, np.where(slipped, 1000, 1) * ratings.values, 500, 20)

    assert error(fit_numbers(wild).values, truth) < 0.35 * error(fit_numbers(wild, "mean").values, truth)


def test_numbers_of_any_size_are_taken_together():
    ratings = ratings_of([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], [1e-300, 1, 2, 1e99, 1e99, 1e98])

    assert np.isfinite(fit_numbers(ratings).values).all()


def test_a_known_number_stands_and_judges():
    ratings, truth = crowd(seed=7, items=50)
    known = np.where(np.arange(50) < 25, truth, np.nan)
    probed = ratings_of(ratings.items, ratings.annotators, ratings.values, 50, 20, known)

    fit = fit_numbers(probed)

    assert np.array_equal(fit.values[:25], truth[:25])
    assert (fit.confidence[:25] == 1).all()


def test_more_ratings_make_a_value_surer():
    many, _ = crowd(seed=8, per_item=12)
    few, _ = crowd(seed=8, per_item=3)

    assert fit_numbers(many).confidence.mean() > fit_numbers(few).confidence.mean() + 0.05


def test_the_stated_error_is_about_the_real_one():
    ratings, truth = crowd(seed=9, items=1000, noise=np.linspace(3, 25, 20))

    fit = fit_numbers(ratings)

    assert error(fit.values, truth) == pytest.approx(float(np.sqrt(np.mean(fit.error**2))), rel=0.2)


def test_interval_alpha_and_icc_of_a_worked_example():
    """Shrout and Fleiss' four judges and six targets: ICC(1,1) = .17, ICC(1,4) = .44."""
    table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    ratings = ratings_of(np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6), np.ravel(table))

    single, mean = intraclass(ratings)
    alpha = interval_alpha(ratings)

    assert single == pytest.approx(0.166, abs=0.001)
    assert mean == pytest.approx(0.443, abs=0.001)
    assert alpha.interval.low <= alpha.interval.estimate <= alpha.interval.high


def test_alphas_are_krippendorffs():
    """His table of four observers and twelve units: interval .849, ordinal .815."""
    rows = {
        "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    }
    given = [
        (item, place, value)
        for place, values in enumerate(rows.values())
        for item, value in enumerate(values)
        if value is not None
    ]
    ratings = ratings_of(*zip(*given, strict=True))

    assert interval_alpha(ratings).interval.estimate == pytest.approx(0.849, abs=0.001)
    assert ordinal_alpha(ratings).interval.estimate == pytest.approx(0.815, abs=0.001)
