"""Measured figures of docs/algorithms/other-kinds.md, held. Gold only scores here; no method sees it."""

import csv

import pytest

from annotation.agreement.sets.contract import How
from annotation.agreement.sets.files import read_answers
from annotation.agreement.sets.registry import set_kind
from annotation.tests.agreement.votes_for_tests import REPOSITORY
from bench.quality.crowds import folder
from bench.quality.kinds import drawing_f1, number_errors, score_order

PAGE = (REPOSITORY / "docs" / "algorithms" / "other-kinds.md").read_text()
NUMBERS = {
    "mean": (12.022, 17.835, 0.7255),
    "trimmed_mean": (12.444, 19.664, 0.6805),
    "median": (13.529, 21.264, 0.6344),
    "raters": (12.040, 18.014, 0.7201),
    "auto": (11.990, 17.814, 0.7262),
}
PAIRS = {"bradley_terry": 0.8626, "crowd_bradley_terry": 0.9144, "keen_bradley_terry": 0.9186, "auto": 0.9153}
DRAWINGS = {"vote": (0.9696, 0.5768, 0.7233), "auto": (0.9130, 0.7108, 0.7993)}


def recorded(name):
    """Skipped, saying so, where the data is not present."""
    path = folder() / name
    if not path.is_dir():
        pytest.skip(f"real crowd data is absent: set FOGGARA_CROWD_DATA ({name} not found)")
    with (path / "gold.csv").open(newline="") as file:
        return read_answers(path), list(csv.DictReader(file))


def test_numbers_reach_their_documented_errors():
    answers, gold = recorded("affect")
    right = {row["task"]: float(row["label"]) for row in gold}
    for method, (mae, rmse, pearson) in NUMBERS.items():
        found = number_errors(set_kind("numeric").resolve(answers, How(method)), right)
        assert (found["mae"], found["rmse"]) == pytest.approx((mae, rmse), abs=0.002)
        assert found["pearson"] == pytest.approx(pearson, abs=0.0006)


def test_pairs_reach_their_documented_order():
    answers, gold = recorded("pairs_olympic")
    right = {row["item"]: float(row["score"]) for row in gold}
    for method, spearman in PAIRS.items():
        found = score_order(set_kind("pairwise").resolve(answers, How(method)), right)
        assert found["spearman"] == pytest.approx(spearman, abs=0.003)


def test_drawings_reach_their_documented_f1():
    answers, gold = recorded("boxes_a")
    right = {row["task"]: row["label"] for row in gold}
    for method, figures in DRAWINGS.items():
        found = drawing_f1(set_kind("boxes").resolve(answers, How(method)), right)
        assert (found["precision"], found["recall"], found["f1"]) == pytest.approx(figures, abs=0.003)


def test_the_default_is_not_worse_than_the_mean_and_the_documented_figures_are_these():
    default, mean = NUMBERS["auto"], NUMBERS["mean"]

    assert default[0] <= mean[0]
    assert default[1] <= mean[1]
    assert default[2] >= mean[2]
    for method, (mae, rmse, pearson) in NUMBERS.items():
        assert f"| `{method}` | {mae:.3f} | {rmse:.3f} | {_short(pearson)} |" in PAGE
    for method, spearman in PAIRS.items():
        assert f"| `{method}` | {_short(spearman)} |" in PAGE
    for method, figures in DRAWINGS.items():
        assert f"| `{method}` | {' | '.join(_short(figure) for figure in figures)} |" in PAGE


def _short(value):
    return f"{value:.4f}".replace("0.", ".", 1)
