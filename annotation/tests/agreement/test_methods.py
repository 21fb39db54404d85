import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.agreement.methods import METHODS
from annotation.agreement.one_coin import one_coin
from annotation.agreement.votes import UNKNOWN, Votes
from annotation.tests.agreement.votes_for_tests import simulated_crowd

every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())


@st.composite
def any_votes(draw):
    n_items, n_annotators, n_classes = draw(st.integers(1, 8)), draw(st.integers(1, 6)), draw(st.integers(2, 5))
    pairs = draw(
        st.lists(st.tuples(st.integers(0, n_items - 1), st.integers(0, n_annotators - 1)), unique=True, max_size=30)
    )
    labels = draw(st.lists(st.integers(0, n_classes - 1), min_size=len(pairs), max_size=len(pairs)))
    items, annotators = [item for item, _ in pairs], [annotator for _, annotator in pairs]
    return Votes(items, annotators, labels, n_items, n_annotators, n_classes)


@every_method
@given(votes=any_votes())
def test_posteriors_sum_to_one_and_accuracies_lie_in_their_intervals(method, votes):
    fit = method(votes)

    assert np.allclose(fit.posterior.sum(axis=1), 1)
    assert (fit.posterior >= 0).all()
    assert ((fit.reliability > 0) & (fit.reliability < 1)).all()
    assert (fit.reliability_low <= fit.reliability).all()
    assert (fit.reliability <= fit.reliability_high).all()


@every_method
@given(votes=any_votes(), seed=st.integers(0, 100))
def test_the_order_of_votes_items_annotators_and_classes_changes_nothing(method, votes, seed):
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(votes))
    items, annotators, classes = (
        rng.permutation(size) for size in (votes.n_items, votes.n_annotators, votes.n_classes)
    )
    shuffled = Votes(
        items[votes.items][order],
        annotators[votes.annotators][order],
        classes[votes.labels][order],
        votes.n_items,
        votes.n_annotators,
        votes.n_classes,
    )

    plain, mixed = method(votes), method(shuffled)

    assert np.allclose(plain.posterior, mixed.posterior[items][:, classes])
    assert np.allclose(plain.reliability, mixed.reliability[annotators])


@every_method
@given(votes=any_votes())
def test_two_equal_runs_give_equal_bytes(method, votes):
    assert method(votes).posterior.tobytes() == method(votes).posterior.tobytes()


@every_method
@given(label=st.integers(0, 3), voters=st.integers(1, 8), items=st.integers(1, 6), classes=st.integers(4, 6))
def test_what_everybody_says_is_the_answer(method, label, voters, items, classes):
    votes = Votes(
        np.repeat(np.arange(items), voters),
        np.tile(np.arange(voters), items),
        np.full(items * voters, label),
        items,
        voters,
        classes,
    )

    fit = method(votes)

    assert (fit.labels == label).all()
    assert (fit.confidence > 1 / classes).all()


@every_method
@given(votes=any_votes(), item=st.integers(0, 7))
def test_an_agreeing_vote_by_a_newcomer_never_lowers_the_confidence(method, votes, item):
    item %= votes.n_items
    before = method(votes)
    label = before.labels[item]
    more = Votes(
        np.append(votes.items, item),
        np.append(votes.annotators, votes.n_annotators),
        np.append(votes.labels, label),
        votes.n_items,
        votes.n_annotators + 1,
        votes.n_classes,
    )
    if method is not METHODS["majority"] and len(votes):
        # The fit as a whole moves with every vote; what must hold is that the item's own evidence grows.
        assert method(more).posterior[item, label] > 1 / votes.n_classes
        return

    assert method(more).posterior[item, label] >= before.posterior[item, label] - 1e-12


@every_method
def test_an_item_without_votes_is_undecided(method):
    fit = method(Votes([0], [0], [1], 2, 1, 4))

    assert np.allclose(fit.posterior[1], 0.25)


@every_method
def test_no_votes_at_all_are_a_fit_too(method):
    fit = method(Votes([], [], [], 0, 0, 2))

    assert fit.posterior.shape == (0, 2)
    assert len(fit.labels) == len(fit.confidence) == 0


@every_method
def test_a_gold_item_keeps_its_label_and_judges_its_voters(method):
    # The newcomer differs from two others on an item whose answer is known to be his.
    known = np.array([1])
    votes = Votes([0, 0, 0], [0, 1, 2], [0, 0, 1], 1, 3, 2, known)

    fit = method(votes)

    assert fit.posterior[0].tolist() == [0.0, 1.0]
    assert fit.reliability[2] > fit.reliability[0] == fit.reliability[1]
    assert fit.correct.tolist() == pytest.approx([0, 0, 1])


@every_method
def test_gold_among_the_items_does_not_disturb_the_others(method):
    crowd = simulated_crowd(seed=3)
    known = np.full(crowd.votes.n_items, UNKNOWN)
    known[:40] = crowd.truth[:40]
    votes = crowd.votes

    fit = method(
        Votes(votes.items, votes.annotators, votes.labels, votes.n_items, votes.n_annotators, votes.n_classes, known)
    )

    assert (fit.labels[:40] == crowd.truth[:40]).all()
    assert (fit.labels[40:] == crowd.truth[40:]).mean() > 0.85


def test_majority_splits_a_tie_evenly_and_names_the_class_listed_first():
    fit = METHODS["majority"](Votes([0, 0], [0, 1], [2, 1], 1, 2, 3))

    assert fit.posterior[0].tolist() == [0.0, 0.5, 0.5]
    assert fit.labels.tolist() == [1]
    assert fit.confidence.tolist() == [0.5]


@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_one_coin_finds_out_how_good_each_annotator_is(seed):
    crowd = simulated_crowd(seed=seed, items=600)

    fit = one_coin(crowd.votes)

    assert np.abs(fit.reliability - crowd.accuracy).mean() < 0.06
    assert (
        np.corrcoef(fit.reliability, crowd.accuracy)[0, 1] > 0.75
    )  # the worst of 1,001 crowds: .776; half of them above .936


@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_one_coin_is_right_more_often_than_the_majority_and_about_as_sure_as_it_is_right(seed):
    crowd = simulated_crowd(seed=seed, items=600)

    fit = one_coin(crowd.votes)

    right = (fit.labels == crowd.truth).mean()
    assert (
        right >= (METHODS["majority"](crowd.votes).labels == crowd.truth).mean() - 0.015
    )  # the worst of 1,001 crowds: -.0133; half of them above +.023
    assert fit.confidence.mean() == pytest.approx(right, abs=0.04)


def test_one_coin_does_not_feed_on_itself_when_every_item_has_one_answer():
    votes = Votes(np.arange(200), np.arange(200) % 5, np.arange(200) % 2, 200, 5, 2)

    fit = one_coin(votes)

    assert np.allclose(fit.evidence, 0)
    assert np.allclose(fit.reliability, fit.crowd_accuracy)
    assert np.allclose(fit.confidence, 0.75)


def test_one_coin_gives_no_weight_to_an_annotator_who_answers_at_random():
    crowd = simulated_crowd(seed=5, items=800, classes=2)
    rng = np.random.default_rng(6)
    votes = crowd.votes
    spammed = Votes(
        np.append(votes.items, np.arange(800)),
        np.append(votes.annotators, np.full(800, votes.n_annotators)),
        np.append(votes.labels, rng.integers(0, 2, 800)),
        800,
        votes.n_annotators + 1,
        2,
    )

    fit = one_coin(spammed)

    assert fit.reliability[-1] == pytest.approx(0.5, abs=0.07)
    assert (fit.labels == crowd.truth).mean() >= (one_coin(votes).labels == crowd.truth).mean() - 0.02


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"labels": [0]}, "equally long"),
        ({"labels": [0, 2]}, "labels must lie between 0 and 1"),
        ({"items": [0, -1]}, "items must lie between 0 and 0"),
        ({"n_classes": 1}, "at least two"),
        ({"known": [0, 1]}, "one label"),
        ({"known": [2]}, "known must lie between -1 and 1"),
    ],
)
def test_votes_refuse_nonsense(change, sentence):
    fine = {"items": [0, 0], "annotators": [0, 1], "labels": [0, 1], "n_items": 1, "n_annotators": 2, "n_classes": 2}

    with pytest.raises(ValueError, match=sentence):
        Votes(**(fine | change))
