import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.agreement.crowd import Standing
from annotation.agreement.online import Crowd
from annotation.agreement.policy import information
from annotation.agreement.resolve import Decision
from annotation.agreement.spaces import OneOf
from annotation.agreement.whom import doubtful, told


class Field:
    name = "label"
    space = OneOf(2)

    def is_shown(self, values):
        return True

    def plain(self, value):
        return value

    def decide(self, probabilities):
        return Decision(None, max(probabilities), {})


class Interface:
    fields = (Field(),)


CROWDS = {"label": Crowd(70, 100)}


def record(right, of):
    return {"label": Standing(right, of)}


@pytest.mark.parametrize(("accuracy", "n_classes"), [(0.9, 2), (0.7, 4), (0.5, 3)])
def test_what_an_answer_tells_is_the_expected_information_at_an_even_belief(accuracy, n_classes):
    wrong = (1 - accuracy) / (n_classes - 1)
    rows = [[accuracy if label == right else wrong for right in range(n_classes)] for label in range(n_classes)]

    assert told(accuracy, n_classes) == pytest.approx(information([1 / n_classes] * n_classes, rows))


def test_who_is_at_chance_or_below_tells_nothing():
    assert (told(0.5, 2), told(0.1, 2)) == (0, 0)


def test_those_who_tell_less_than_the_middle_one_are_doubtful():
    standings = {"good": record(19, 20), "middle": record(16, 20), "poor": record(11, 20)}

    assert doubtful(Interface(), standings, CROWDS) == {"poor"}


def test_where_all_are_alike_nobody_is_doubtful():
    assert doubtful(Interface(), {str(n): record(16, 20) for n in range(5)}, CROWDS) == set()
    assert doubtful(Interface(), {}, CROWDS) == set()


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(20, 40)), min_size=1, max_size=9))
def test_at_most_half_of_the_crowd_is_doubtful(records):
    standings = {str(n): record(*each) for n, each in enumerate(records)}

    assert 2 * len(doubtful(Interface(), standings, CROWDS)) <= len(records)
