import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from annotation.agreement.alignment import DELETED, alignments, distances

sequences = st.lists(st.integers(0, 3), max_size=9).map(lambda each: np.array(each, dtype=np.int32))
many_pairs = st.lists(st.tuples(sequences, sequences), min_size=1, max_size=12)


def by_hand(left, right):
    row = list(range(len(right) + 1))
    for height, one in enumerate(left, start=1):
        below = [height]
        for width, other in enumerate(right, start=1):
            below.append(min(row[width] + 1, below[-1] + 1, row[width - 1] + (one != other)))
        row = below
    return row[-1]


@given(pairs=many_pairs)
def test_distances_are_those_of_the_textbook(pairs):
    left, right = zip(*pairs, strict=True)

    assert distances(left, right).tolist() == [by_hand(one, other) for one, other in pairs]


@given(pairs=many_pairs)
def test_an_alignment_costs_what_the_distance_says(pairs):
    left, right = zip(*pairs, strict=True)

    for one, other, opposite, apart in zip(left, right, alignments(left, right), distances(left, right), strict=True):
        places = np.flatnonzero(opposite != DELETED)
        wrong = sum(one[place] != other[opposite[place]] for place in places)
        assert len(opposite) == len(one)
        assert (np.diff(opposite[places]) > 0).all()
        assert wrong + (len(one) - len(places)) + (len(other) - len(places)) == apart


def test_no_pairs_at_all_are_aligned_too():
    assert len(distances([], [])) == len(alignments([], [])) == 0
