"""Measured figures of docs/algorithms/consensus.md, held. Gold only scores here; no method sees it."""

import numpy as np
import pytest

from annotation.agreement.methods import METHODS
from annotation.agreement.votes import Votes
from annotation.tests.agreement.votes_for_tests import REPOSITORY, crowd_set

# set: accuracy of the majority vote, of one-coin.
MEASURED = {
    "adult": (0.7583, 0.7628),
    "bluebird": (0.7593, 0.7222),
    "cf": (0.8822, 0.8867),
    "face": (0.6367, 0.6301),
    "product": (0.8966, 0.9280),
    "quiz_chinese": (0.6250, 0.6250),
    "quiz_itmanage": (0.7200, 0.8000),
    "quiz_science": (0.5500, 0.6000),
    "rte": (0.8969, 0.9250),
    "sp": (0.8859, 0.9160),
    "web": (0.7307, 0.8353),
    "wsd": (0.9944, 0.9944),
    "zencrowd_in": (0.7400, 0.7701),
}


@pytest.mark.parametrize("name", MEASURED)
def test_methods_reach_their_documented_accuracy_on(name):
    crowd = crowd_set(name)

    reached = [crowd.accuracy(METHODS[method](crowd.votes)) for method in ("majority", "one_coin")]

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

    for name, (vote, fitted) in MEASURED.items():
        [row] = [line for line in page.splitlines() if line.startswith(f"| {name} |")]
        assert row.endswith(f"| {vote:.4f} | {fitted:.4f} |".replace("0.", "."))
    means = [f"**{np.mean(column):.4f}**".replace("0.", ".") for column in zip(*MEASURED.values(), strict=True)]
    assert f"| **mean** | | | | {means[0]} | {means[1]} |" in page
