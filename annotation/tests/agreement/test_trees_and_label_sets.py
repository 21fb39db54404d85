import numpy as np
import pytest

from annotation.agreement.methods import METHODS
from annotation.agreement.paths import Placings, fit_paths
from annotation.agreement.set_distance import along_paths, jaccard, masi, mean_within, usual
from annotation.agreement.sets.contract import Answer, How
from annotation.agreement.sets.hierarchical import Hierarchical
from annotation.agreement.sets.multi_label import MultiLabel

TREE = [
    ("animal", "dog", "poodle"),
    ("animal", "dog", "beagle"),
    ("animal", "cat"),
    ("plant", "rose"),
    ("plant", "oak"),
]


def placings(rows, n_items=None):
    items, people, paths = zip(*rows, strict=True)
    return Placings(np.array(items), np.array(people), list(paths), n_items or max(items) + 1, max(people) + 1)


def crowd(*, seed, items=120, people=12, per_item=5, random_person=False):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, len(TREE), items)
    rows = []
    for item in range(items):
        for person in rng.choice(people, per_item, replace=False).tolist():
            right = rng.random() < 0.75
            rows.append((item, person, TREE[truth[item] if right else int(rng.integers(0, len(TREE)))]))
        if random_person:
            rows.append((item, people, TREE[int(rng.integers(0, len(TREE)))]))
    return rows, [TREE[place] for place in truth]


def right(paths, truth):
    return float(np.mean([path == other for path, other in zip(paths, truth, strict=True)]))


def test_a_tree_is_decided_from_the_root_down():
    """Flat, cat has most votes; but three of five saw a dog."""
    rows = [(0, 0, TREE[0]), (0, 1, TREE[1]), (0, 2, TREE[0][:2]), (0, 3, TREE[2]), (0, 4, TREE[2])]

    fit = fit_paths(placings(rows), METHODS["majority"])

    assert fit.paths[0][:2] == ("animal", "dog")
    assert 0 < fit.confidence[0] <= 0.2 + 1e-9


def test_stopping_early_is_an_answer():
    rows = [(0, person, ("animal", "dog")) for person in range(3)] + [(0, 3, TREE[0])]

    assert fit_paths(placings(rows), METHODS["auto"]).paths == [("animal", "dog")]


@pytest.mark.parametrize("method", ["majority", "auto", "dawid_skene"])
def test_places_are_found_and_confidences_are_chances(method):
    rows, truth = crowd(seed=1)

    fit = fit_paths(placings(rows), METHODS[method])

    assert right(fit.paths, truth) > 0.9
    assert ((fit.confidence > 0) & (fit.confidence <= 1 + 1e-9)).all()


def test_the_order_of_placings_items_and_people_changes_nothing():
    rows, _ = crowd(seed=2)
    rng = np.random.default_rng(0)
    items, people = rng.permutation(120), rng.permutation(12)
    mixed = [(int(items[item]), int(people[person]), path) for item, person, path in rows]
    mixed = [mixed[place] for place in rng.permutation(len(mixed))]

    plain, other = fit_paths(placings(rows), METHODS["auto"]), fit_paths(placings(mixed), METHODS["auto"])

    assert plain.paths == [other.paths[items[item]] for item in range(120)]
    assert np.allclose(plain.confidence, other.confidence[items])
    assert np.allclose(plain.reliability, other.reliability[people])


def test_whoever_places_at_random_changes_almost_nothing():
    rows, truth = crowd(seed=3, per_item=6)
    more, same = crowd(seed=3, per_item=6)
    rng = np.random.default_rng(9)
    more += [(item, 12, TREE[int(rng.integers(0, len(TREE)))]) for item in range(120)]

    before, after = fit_paths(placings(rows), METHODS["auto"]), fit_paths(placings(more), METHODS["auto"])

    assert truth == same
    assert right(after.paths, truth) > right(before.paths, truth) - 0.02
    assert after.reliability[12] < after.reliability[:12].min()


def test_distances_of_sets_and_paths():
    a, b, c = frozenset("ab"), frozenset("abc"), frozenset("cd")

    assert jaccard(a, b) == pytest.approx(1 / 3)
    assert masi(a, b) == pytest.approx(1 - 2 / 3 * 2 / 3)
    assert masi(b, c) == pytest.approx(1 - 1 / 4 / 3)
    assert masi(frozenset(), frozenset()) == 0
    assert masi(a, frozenset()) == 1
    assert along_paths(("x", "y"), ("x", "z")) == 0.5
    assert along_paths(("x",), ("x", "z")) == pytest.approx(1 / 3)


def test_what_is_usual_is_the_mean_over_all_pairs():
    sets = [frozenset("a"), frozenset("a"), frozenset("b")]

    within, sizes = mean_within(np.array([0, 0, 0]), sets, 1, jaccard)

    assert usual(sets, jaccard) == pytest.approx(2 / 3)
    assert within.tolist() == pytest.approx([2 / 3])
    assert sizes.tolist() == [3]


def label_sets(seed, items=80, people=10, per_item=5):
    rng = np.random.default_rng(seed)
    names = ["red", "green", "blue", "round"]
    answers, truth = [], []
    for item in range(items):
        holds = {name for name in names if rng.random() < 0.5}
        truth.append(holds)
        for person in rng.choice(people, per_item, replace=False).tolist():
            said = sorted(name for name in names if (name in holds) == (rng.random() < 0.85))
            answers.append(Answer(f"t{item:03}", f"w{person}", str(said).replace("'", '"')))
    return answers, truth


def test_options_are_decided_one_by_one():
    answers, truth = label_sets(1)

    resolved = MultiLabel().resolve(answers, How())

    assert np.mean([set(eval(row.label)) == holds for row, holds in zip(resolved.decided, truth, strict=True)]) > 0.8
    assert all(0.5 <= row.confidence <= 1 for row in resolved.decided)
    low, high = resolved.agreement["alpha_masi"][1:]
    assert 0 < low < high < 1


def test_a_set_nobody_chose_as_a_whole_can_be_the_answer():
    answers = [Answer("t", worker, label) for worker, label in (("u", '["a"]'), ("v", '["b"]'), ("w", '["a", "b"]'))]

    [row] = MultiLabel().resolve(answers, How(method="majority")).decided

    assert row.label == '["a", "b"]'


def test_nothing_chosen_by_anybody_is_an_empty_set():
    answers = [Answer("t", worker, "[]") for worker in "uvw"]

    [row] = MultiLabel().resolve(answers, How()).decided

    assert (row.label, row.confidence) == ("[]", 0.8)


def test_the_order_of_the_rows_of_label_sets_and_paths_changes_nothing():
    answers, _ = label_sets(2)
    rows, _ = crowd(seed=4)
    places = [Answer(f"t{item:03}", f"w{person}", "/".join(path)) for item, person, path in rows]
    for kind, given in ((MultiLabel(), answers), (Hierarchical(), places)):
        order = np.random.default_rng(0).permutation(len(given))

        assert kind.resolve(given, How()) == kind.resolve([given[place] for place in order], How())
