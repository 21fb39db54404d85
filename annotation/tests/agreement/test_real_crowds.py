"""Measured figures of docs/algorithms/consensus.md, held. Gold only scores here; no method sees it."""

import numpy as np
import pytest

from annotation.agreement.methods import METHODS
from annotation.agreement.votes import Votes
from annotation.tests.agreement.votes_for_tests import REPOSITORY, crowd_set

# set: accuracy of each method, in the order of COLUMNS.
COLUMNS = ("majority", "one_coin", "dawid_skene", "ibcc", "hierarchy", "hierarchy_own", "auto")
MEASURED = {
    "adult": (0.7583, 0.7628, 0.7568, 0.7417, 0.7508, 0.7538, 0.7868),
    "bluebird": (0.7593, 0.7222, 0.8889, 0.8889, 0.8981, 0.8981, 0.8889),
    "cf": (0.8822, 0.8867, 0.8900, 0.8700, 0.8967, 0.8967, 0.8900),
    "face": (0.6367, 0.6301, 0.6438, 0.6387, 0.6473, 0.6524, 0.6455),
    "product": (0.8966, 0.9280, 0.9382, 0.9372, 0.9341, 0.9381, 0.9364),
    "quiz_chinese": (0.6250, 0.6250, 0.6250, 0.6250, 0.6667, 0.6667, 0.6667),
    "quiz_itmanage": (0.7200, 0.8000, 0.8000, 0.8000, 0.8000, 0.7600, 0.8000),
    "quiz_science": (0.5500, 0.6000, 0.6000, 0.6000, 0.7000, 0.7000, 0.7000),
    "rte": (0.8969, 0.9250, 0.9275, 0.9287, 0.9237, 0.9275, 0.9300),
    "sp": (0.8859, 0.9160, 0.9160, 0.9158, 0.9160, 0.9150, 0.9146),
    "web": (0.7307, 0.8353, 0.7829, 0.7998, 0.8394, 0.8187, 0.8421),
    "wsd": (0.9944, 0.9944, 0.9944, 0.9944, 0.9944, 0.9944, 0.9944),
    "zencrowd_in": (0.7400, 0.7701, 0.7642, 0.7642, 0.7623, 0.7588, 0.7662),
}


@pytest.mark.parametrize("name", MEASURED)
def test_methods_reach_their_documented_accuracy_on(name):
    crowd = crowd_set(name)

    reached = [crowd.accuracy(METHODS[method](crowd.votes)) for method in COLUMNS]

    assert reached == pytest.approx(MEASURED[name], abs=0.0006)


def test_a_million_answers_are_fitted():
    """In 0.4 s of a quiet core, when it was measured."""
    rng = np.random.default_rng(0)
    items, annotators = np.repeat(np.arange(200_000), 5), rng.integers(0, 20_000, 1_000_000)
    truth, accuracy = rng.integers(0, 4, 200_000), rng.beta(7, 3, 20_000)
    is_right = rng.random(len(items)) < accuracy[annotators]
    labels = np.where(is_right, truth[items], (truth[items] + rng.integers(1, 4, len(items))) % 4)

    fit = METHODS["one_coin"](Votes(items, annotators, labels, 200_000, 20_000, 4))

    assert (fit.labels == truth).mean() > 0.92


def test_the_documented_table_has_the_measured_figures():
    page = (REPOSITORY / "docs" / "algorithms" / "consensus.md").read_text()

    for name, row in MEASURED.items():
        [line] = [line for line in page.splitlines() if line.startswith(f"| {name} |")]
        assert line.endswith(_cells(row))
    means = [np.mean(column) for column in zip(*MEASURED.values(), strict=True)]
    assert f"| **mean** | | | {_cells([f'**{_short(mean)}**' for mean in means])}" in page


def test_the_default_is_never_below_the_vote_and_its_mean_is_above_every_single_method():
    reached = np.array(list(MEASURED.values()))

    assert (reached[:, -1] >= reached[:, 0] - 0.01).all()
    assert (reached[:, -1].mean() > reached[:, :-1].mean(axis=0)).all()


def _cells(values):
    return "| " + " | ".join(value if isinstance(value, str) else _short(value) for value in values) + " |"


def _short(value):
    return f"{value:.4f}".replace("0.", ".", 1)
