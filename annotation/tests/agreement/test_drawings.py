import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.agreement.clusters import cluster
from annotation.agreement.drawing_agreement import drawing_alpha
from annotation.agreement.drawing_methods import DRAWING_METHODS, fit_drawings
from annotation.agreement.drawings import Drawings, believe, gather, least_chance
from annotation.agreement.outlines import middle, outline
from annotation.agreement.shapes import Shape, f1, likeness, matched, overlaps

every_method = pytest.mark.parametrize("method", DRAWING_METHODS)


def box(left, top, right, bottom, name=""):
    return Shape((float(left), float(top), float(right), float(bottom)), name=name)


def polygon(*corners, name=""):
    across, down = [x for x, _ in corners], [y for _, y in corners]
    return Shape((min(across), min(down), max(across), max(down)), tuple(corners), name)


def crowd(*, seed, pictures=40, people=12, per_picture=6, recall=0.8, invents=0.3, extra=None):
    """Three things on every picture. `extra` draws for a further person who draws on everything."""
    rng = np.random.default_rng(seed)
    items, who, shapes, truth = [], [], [], []
    for picture in range(pictures):
        corners = np.array([[0, 0], [300, 0], [0, 300]]) + rng.uniform(0, 40, (3, 2))
        there = np.column_stack([corners, corners + rng.uniform(60, 150, (3, 2))])
        truth.append([box(*row) for row in there])
        drawers = sorted(rng.choice(people, per_picture, replace=False).tolist())
        for person in [*drawers, *([people] if extra else [])]:
            if person == people:
                drawn = extra(rng)
            else:
                drawn = [box(*(row + rng.normal(0, 5, 4))) for row in there if rng.random() < recall]
                if rng.random() < invents:
                    drawn.append(box(*(500 + np.append(start := rng.uniform(0, 300, 2), start + 60))))
            items.append(picture)
            who.append(person)
            shapes.append(drawn)
    return Drawings(np.array(items), np.array(who), shapes, pictures, people + (extra is not None)), truth


def reached(kept, truth):
    return float(np.mean([f1(ours, theirs) for ours, theirs in zip(kept, truth, strict=True)]))


def test_overlap_is_what_is_shared_of_what_is_covered():
    assert overlaps([box(0, 0, 10, 10)], [box(5, 0, 15, 10)])[0, 0] == pytest.approx(1 / 3)
    assert overlaps([box(0, 0, 10, 10)], [box(10, 0, 20, 10)])[0, 0] == 0
    assert overlaps([box(3, 3, 3, 3)], [box(3, 3, 3, 3)])[0, 0] == 0


def test_polygons_overlap_by_what_they_cover():
    triangle = polygon((0.0, 0.0), (100.0, 0.0), (0.0, 100.0))

    assert overlaps([triangle], [box(0, 0, 100, 100)])[0, 0] == pytest.approx(0.5, abs=0.02)
    assert overlaps([triangle], [triangle])[0, 0] == 1
    assert overlaps([triangle], [polygon((100.0, 100.0), (100.0, 1.0), (1.0, 100.0))])[0, 0] == pytest.approx(
        0, abs=0.02
    )


def test_every_shape_is_matched_with_one_at_most():
    assert matched(np.array([[0.9, 0.8], [0.85, 0.0]])).tolist() == [0.8, 0.85]
    assert likeness([], []) == 1
    assert likeness([box(0, 0, 1, 1)], []) == 0
    assert f1([box(0, 0, 10, 10)], [box(0, 0, 10, 9), box(50, 50, 60, 60)]) == pytest.approx(2 / 3)


def test_nobody_is_twice_in_a_cluster():
    table = np.array([[1, 0.9, 0.8], [0.9, 1, 0.85], [0.8, 0.85, 1]])

    assert cluster(table, np.array([0, 0, 1])) == [[0], [1, 2]]
    assert cluster(table, np.array([0, 1, 2])) == [[0, 1, 2]]


@given(st.integers(0, 10_000))
def test_clusters_part_the_shapes_and_never_join_those_of_one_person(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(0, 12))
    table = rng.random((size, size))
    table = (table + table.T) / 2
    who = rng.integers(0, 4, size)

    found = cluster(table, who)

    assert sorted(row for rows in found for row in rows) == list(range(size))
    for rows in found:
        assert len({int(who[row]) for row in rows}) == len(rows)
        for other in found:
            if other is not rows and not {int(who[row]) for row in rows} & {int(who[row]) for row in other}:
                assert table[np.ix_(rows, other)].mean() < 0.4


def test_the_middle_has_half_of_the_weight_on_either_side():
    assert middle(np.array([1.0, 2.0, 10.0]), np.ones(3)) == 2
    assert middle(np.array([1.0, 2.0]), np.ones(2)) == 1.5
    assert middle(np.array([1.0, 2.0, 10.0]), np.array([1.0, 1.0, 5.0])) == 10


def test_names_are_voted_on_and_of_polygons_the_one_most_like_the_others_is_taken():
    two = [box(0, 0, 10, 10, "cat"), box(0, 0, 10, 12, "dog"), box(0, 0, 11, 10, "dog")]
    drawn = [polygon((0.0, 0.0), (10.0, 0.0), (0.0, far)) for far in (10.0, 11.0, 40.0)]

    assert outline(two, np.ones(3)) == box(0, 0, 10, 10, "dog")
    assert outline(drawn, np.ones(3)).corners == drawn[1].corners


@every_method
def test_what_is_there_is_found(method):
    drawings, truth = crowd(seed=1)

    fit = fit_drawings(drawings, method)

    assert reached(fit.kept, truth) > 0.95
    assert ((fit.confidence >= 0) & (fit.confidence <= 1)).all()
    assert ((fit.reliability > 0) & (fit.reliability <= 1)).all()


def test_chances_lie_between_0_and_1_and_a_find_of_everybody_is_surer():
    drawings, _ = crowd(seed=2)
    finds = gather(drawings)

    belief = believe(finds, drawings.n_annotators)

    sizes = np.array([len(drawn) for drawn in finds.drawn])
    assert ((belief.chance >= 0) & (belief.chance <= 1)).all()
    assert belief.chance[sizes >= 5].min() > belief.chance[sizes == 1].max()
    assert (belief.recall > belief.joined).all()


@every_method
def test_the_order_of_drawings_pictures_people_and_shapes_changes_nothing(method):
    drawings, _ = crowd(seed=3, pictures=12)
    rng = np.random.default_rng(0)
    order, items, people = rng.permutation(len(drawings.items)), rng.permutation(12), rng.permutation(12)
    mixed = Drawings(
        items[drawings.items][order],
        people[drawings.annotators][order],
        [list(reversed(drawings.shapes[row])) for row in order],
        12,
        12,
    )

    plain, other = fit_drawings(drawings, method), fit_drawings(mixed, method)

    for item in range(12):
        mine, theirs = (
            sorted(shape.box for shape in fit.kept[place]) for fit, place in ((plain, item), (other, items[item]))
        )
        assert np.allclose(mine, theirs)
    assert np.allclose(plain.confidence, other.confidence[items])
    assert np.allclose(plain.recall, other.recall[people])


@every_method
def test_two_equal_runs_are_equal(method):
    drawings, _ = crowd(seed=4, pictures=10)

    assert fit_drawings(drawings, method).kept == fit_drawings(drawings, method).kept


def test_whoever_draws_anywhere_changes_almost_nothing():
    def scribble(rng):
        return [box(*np.append(start := rng.uniform(0, 900, 2), start + rng.uniform(20, 200, 2))) for _ in range(4)]

    before, truth = crowd(seed=5)
    after, same = crowd(seed=5, extra=scribble)

    fit = fit_drawings(after)

    assert reached(fit.kept, same) > reached(fit_drawings(before).kept, truth) - 0.01
    assert fit.precision[-1] < 0.3 < 0.8 < np.median(fit.precision)
    assert fit.reliability[-1] < fit.reliability[:-1].min()


def test_whoever_draws_nothing_changes_almost_nothing():
    before, truth = crowd(seed=6)
    after, same = crowd(seed=6, extra=lambda rng: [])

    assert reached(fit_drawings(after).kept, same) > reached(fit_drawings(before).kept, truth) - 0.01


def test_a_picture_on_which_all_drew_nothing_stays_empty():
    drawings = Drawings(np.zeros(3, dtype=int), np.arange(3), [[], [], []], 1, 3)

    fit = fit_drawings(drawings)

    assert fit.kept == [[]]
    assert fit.confidence[0] > 0.7


def test_kept_is_what_makes_the_expected_f1_greatest():
    assert least_chance(np.array([1.0, 1.0])) == 0.5
    assert least_chance(np.array([0.9, 0.1])) == pytest.approx(0.45)
    # However little can be hoped for, what hardly anybody believes in is not kept.
    assert least_chance(np.array([0.02])) == 0.25


def test_alpha_tells_drawings_that_agree_from_drawings_that_do_not():
    drawings, _ = crowd(seed=7)
    rng = np.random.default_rng(0)
    strewn = Drawings(
        drawings.items,
        drawings.annotators,
        [[box(*np.append(start := rng.uniform(0, 900, 2), start + 80))] for _ in drawings.shapes],
        drawings.n_items,
        drawings.n_annotators,
    )

    (agreeing, pairs), (strangers, none) = drawing_alpha(drawings), drawing_alpha(strewn)

    assert agreeing.interval.low > 0.2
    assert strangers.interval.high < 0.1
    assert pairs > 0.6 > 0.1 > none
    assert drawing_alpha(Drawings(np.array([0]), np.array([0]), [[]], 1, 1)) == (None, None)
