import json
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.agreement.crowd import Standing, accuracy_from_agreement, expected_agreement, vote_weight
from annotation.agreement.methods import METHODS
from annotation.agreement.one_coin import one_coin
from annotation.agreement.online import Crowd, Tally, cast, posterior, recredit, withdraw
from annotation.agreement.spaces import AnyOf, OneOf, Vote
from annotation.tests.agreement.votes_for_tests import crowd_set, simulated_crowd

NEWCOMER, NEW_CROWD = Standing(), Crowd()
spaces = st.sampled_from([OneOf(2), OneOf(5), AnyOf(1), AnyOf(4)])


def plain_of(space, data):
    if isinstance(space, OneOf):
        return data.draw(st.integers(0, space.size - 1))
    return sorted(data.draw(st.sets(st.integers(0, space.size - 1))))


def tally_of(space, data, *, most=6):
    tally = Tally()
    for number in range(data.draw(st.integers(0, most))):
        standing = Standing(data.draw(st.floats(0, 20)), 20)
        cast(space, tally, f"annotator {number}", plain_of(space, data), standing=standing, crowd=NEW_CROWD)
    return tally


def run_online(votes):
    """All votes in their order, as the product would: standings and crowd summed up from the changes."""
    space = OneOf(votes.n_classes)
    tallies = [Tally() for _ in range(votes.n_items)]
    standings = defaultdict(Standing)
    crowd = Crowd()
    for item, annotator, label in zip(votes.items, votes.annotators, votes.labels, strict=True):
        name = str(annotator)
        change = cast(space, tallies[item], name, int(label), standing=standings[name], crowd=crowd)
        crowd = Crowd(crowd.agreeing + change.crowd.agreeing, crowd.pairs + change.crowd.pairs)
        for who, credit in change.credits.items():
            old = standings[who]
            standings[who] = Standing(old.correct + credit.correct, old.evidence + credit.evidence)
    probabilities = np.array([posterior(space, tally, method="one_coin") for tally in tallies])
    return tallies, standings, crowd, probabilities


@given(space=spaces, data=st.data())
def test_probabilities_of_classes_sum_to_one_and_of_options_lie_between_0_and_1(space, data):
    tally = tally_of(space, data)

    for method in METHODS:
        probabilities = posterior(space, tally, method=method)

        assert len(probabilities) == space.size
        assert all(0 <= chance <= 1 + 1e-12 for chance in probabilities)
        if isinstance(space, OneOf):
            assert sum(probabilities) == pytest.approx(1)


@given(space=spaces, data=st.data())
def test_a_tally_survives_being_stored_as_json(space, data):
    tally = tally_of(space, data)

    assert Tally.from_json(json.loads(json.dumps(tally.as_json()))) == tally


@given(space=spaces, data=st.data())
def test_a_vote_taken_back_leaves_no_trace(space, data):
    tally = tally_of(space, data)
    recorded, state = Tally.from_json(tally.as_json()), tally.as_json()
    plain = plain_of(space, data)

    added = cast(space, tally, "visitor", plain, standing=NEWCOMER, crowd=NEW_CROWD)
    removed = withdraw(space, tally, "visitor")

    assert tally == recorded
    assert tally.as_json() == state
    assert removed.crowd == Crowd(-added.crowd.agreeing, -added.crowd.pairs)
    for annotator, credit in added.credits.items():
        assert removed.credits[annotator].correct == pytest.approx(-credit.correct)
        assert removed.credits[annotator].evidence == pytest.approx(-credit.evidence)


@given(space=spaces, data=st.data())
def test_a_second_answer_by_the_same_person_takes_the_place_of_the_first(space, data):
    tally = tally_of(space, data)
    plain = plain_of(space, data)
    once = Tally.from_json(tally.as_json())
    cast(space, once, "visitor", plain, standing=NEWCOMER, crowd=NEW_CROWD)

    cast(space, tally, "visitor", plain_of(space, data), standing=NEWCOMER, crowd=NEW_CROWD)
    cast(space, tally, "visitor", plain, standing=NEWCOMER, crowd=NEW_CROWD)

    assert tally == once


@given(space=spaces, data=st.data())
def test_credits_in_the_tally_are_the_sum_of_the_changes(space, data):
    tally, sums = Tally(), defaultdict(lambda: [0.0, 0.0])
    for _ in range(data.draw(st.integers(1, 8))):
        name = f"annotator {data.draw(st.integers(0, 4))}"
        change = cast(space, tally, name, plain_of(space, data), standing=NEWCOMER, crowd=NEW_CROWD)
        for annotator, credit in change.credits.items():
            sums[annotator][0] += credit.correct
            sums[annotator][1] += credit.evidence

    for vote in tally.votes:
        assert sums[vote.annotator] == pytest.approx([vote.correct, vote.evidence])


@given(size=st.integers(2, 6), data=st.data())
def test_an_agreeing_vote_never_lowers_the_confidence(size, data):
    space = OneOf(size)
    tally = tally_of(space, data)
    before = posterior(space, tally, method="one_coin")
    best = max(range(size), key=before.__getitem__)

    cast(space, tally, "visitor", best, standing=NEWCOMER, crowd=NEW_CROWD)

    assert posterior(space, tally, method="one_coin")[best] >= before[best] - 1e-12


@given(size=st.integers(1, 5), data=st.data())
def test_an_agreeing_set_never_lowers_the_confidence_in_any_option(size, data):
    space = AnyOf(size)
    tally = tally_of(space, data)
    before = posterior(space, tally, method="one_coin")
    decided = [option for option in range(size) if before[option] > 0.5]

    cast(space, tally, "visitor", decided, standing=NEWCOMER, crowd=NEW_CROWD)

    for option, chance in enumerate(posterior(space, tally, method="one_coin")):
        if option in decided:
            assert chance >= before[option] - 1e-12
        else:
            assert chance <= before[option] + 1e-12


@given(data=st.data())
def test_one_of_two_classes_and_one_yes_or_no_option_are_the_same_question(data):
    labels = data.draw(st.lists(st.integers(0, 1), min_size=1, max_size=6).filter(any))
    weights = data.draw(st.lists(st.floats(-2, 4), min_size=len(labels), max_size=len(labels)))
    classes, options = OneOf(2), AnyOf(1)
    one = [Vote(str(number), label, weight) for number, (label, weight) in enumerate(zip(labels, weights, strict=True))]
    many = [Vote(vote.annotator, [0] * vote.plain, vote.weight) for vote in one]

    assert classes.posterior(one)[1] == pytest.approx(options.posterior(many)[0])
    for credit, other in zip(classes.credit(one), options.credit(many), strict=True):
        assert credit == pytest.approx(other)


def test_a_single_answer_earns_no_credit_until_somebody_can_confirm_it():
    space, tally = OneOf(3), Tally()

    first = cast(space, tally, "first", 1, standing=NEWCOMER, crowd=NEW_CROWD)
    second = cast(space, tally, "second", 1, standing=NEWCOMER, crowd=NEW_CROWD)

    assert first.credits == {}
    assert set(second.credits) == {"first", "second"}
    assert second.credits["first"] == second.credits["second"]
    assert 0 < second.credits["first"].evidence < 1
    assert second.crowd == Crowd(1, 1)


def test_a_lone_voter_who_agrees_with_himself_alone_never_grows_sure():
    space, tally = OneOf(2), Tally()
    standing = NEWCOMER
    for _ in range(200):
        tally = Tally()
        change = cast(space, tally, "hermit", 0, standing=standing, crowd=NEW_CROWD)
        assert change.credits == {}

    assert posterior(space, tally, method="one_coin")[0] == pytest.approx(0.75)


def test_gold_gives_full_credit_or_none_and_cannot_be_outvoted():
    space, tally = OneOf(2), Tally(known=1)

    right = cast(space, tally, "right", 1, standing=NEWCOMER, crowd=NEW_CROWD)
    wrong = cast(space, tally, "wrong", 0, standing=NEWCOMER, crowd=NEW_CROWD)

    assert right.credits == {"right": Standing(1, 1)}
    assert wrong.credits == {"wrong": Standing(0, 1)}
    assert posterior(space, tally, method="one_coin") == [0, 1]


def test_gold_of_several_options_is_judged_option_by_option():
    space, tally = AnyOf(4), Tally(known=[0, 1])

    change = cast(space, tally, "half right", [0, 2], standing=NEWCOMER, crowd=NEW_CROWD)

    # Asked were 0, 1 and 2: right on 0, wrong on 1 and 2. Nobody spoke of 3.
    assert change.credits == {"half right": Standing(1, 3)}


@settings(max_examples=8)
@given(seed=st.integers(0, 1000))
def test_online_and_batch_agree_on_simulated_data(seed):
    crowd = simulated_crowd(seed=seed, items=500, per_item=6)

    _, standings, _, probabilities = run_online(crowd.votes)
    fit = one_coin(crowd.votes)

    assert (probabilities.argmax(axis=1) == fit.labels).mean() > 0.95
    accuracies = [standings[str(number)].accuracy(fit.crowd_accuracy) for number in range(30)]
    assert np.abs(np.array(accuracies) - fit.reliability).mean() < 0.06


def test_online_reaches_the_accuracy_of_the_batch_on_rte():
    crowd = crowd_set("rte")
    order = np.random.default_rng(0).permutation(len(crowd.votes))
    shuffled = type(crowd.votes)(
        crowd.votes.items[order], crowd.votes.annotators[order], crowd.votes.labels[order], 800, 164, 2
    )

    *_, probabilities = run_online(shuffled)

    assert (probabilities.argmax(axis=1) == crowd.gold).mean() > 0.90


def test_batch_credits_equal_online_credits_for_the_same_weights():
    crowd = simulated_crowd(seed=4, items=300)
    fit = one_coin(crowd.votes)
    space, tallies = OneOf(3), [Tally() for _ in range(300)]
    for item, annotator, label in zip(crowd.votes.items, crowd.votes.annotators, crowd.votes.labels, strict=True):
        weight = vote_weight(float(fit.reliability[annotator]), 3)
        tallies[item].votes.append(Vote(str(annotator), int(label), weight))
    sums = np.zeros((30, 2))
    for tally in tallies:
        recredit(space, tally)
        for vote in tally.votes:
            sums[int(vote.annotator)] += (vote.correct, vote.evidence)

    assert sums[:, 0] == pytest.approx(fit.correct)
    assert sums[:, 1] == pytest.approx(fit.evidence)


@given(accuracy=st.floats(0.56, 0.98), classes=st.integers(2, 8))
def test_the_crowds_accuracy_is_read_off_its_agreement(accuracy, classes):
    agreement = expected_agreement(accuracy, classes)

    assert accuracy_from_agreement(agreement * 1e9, 1e9, classes) == pytest.approx(accuracy, abs=1e-4)


def test_a_new_crowd_is_taken_to_be_right_three_times_in_four():
    assert Crowd().accuracy(2) == pytest.approx(0.75)
    assert Crowd().accuracy(5) == pytest.approx(0.75)


def test_a_crowd_that_agrees_by_chance_only_is_still_held_above_chance():
    assert Crowd(agreeing=5e5, pairs=1e6).accuracy(2) == pytest.approx(0.55)


@pytest.mark.parametrize(
    ("labels", "chance_of_yes", "credits"),
    [
        ([1, 1, 1], 0.964, [(0.461, 0.410)] * 3),
        ([1, 1, 0], 0.750, [(0.0, 0.0), (0.0, 0.0), (-0.051, 0.410)]),
    ],
)
def test_the_worked_table_of_the_docs_holds(labels, chance_of_yes, credits):
    space, tally = OneOf(2), Tally()

    for number, label in enumerate(labels):
        cast(space, tally, f"annotator {number}", label, standing=NEWCOMER, crowd=NEW_CROWD)

    assert posterior(space, tally, method="one_coin")[1] == pytest.approx(chance_of_yes, abs=5e-4)
    for vote, (correct, evidence) in zip(tally.votes, credits, strict=True):
        assert (vote.correct, vote.evidence) == pytest.approx((correct, evidence), abs=5e-4)
    accuracies = [Standing(vote.correct, vote.evidence).accuracy(0.75) for vote in tally.votes]
    assert accuracies[2] == pytest.approx(0.785 if labels[2] else 0.669, abs=5e-4)
