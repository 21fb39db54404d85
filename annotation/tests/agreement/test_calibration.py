import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.agreement.calibration import (
    calibration_error,
    cooled,
    fitted_temperature,
    isotonic,
    reliability_diagram,
)


def said_and_true(*, seed, boast, items=3000):
    """Probabilities that are true, sharpened by `boast`, and answers drawn from the true ones."""
    rng = np.random.default_rng(seed)
    honest = rng.dirichlet(np.ones(3), items)
    truth = (rng.random((items, 1)) > honest.cumsum(axis=1)).sum(axis=1)
    return cooled(honest, 1 / boast), truth


def error(posterior, truth):
    right = (posterior.argmax(axis=1) == truth).astype(float)
    return calibration_error(reliability_diagram(posterior.max(axis=1), right))


@pytest.mark.parametrize("boast", [0.6, 2.0])
def test_a_temperature_mends_boasting_and_shyness(boast):
    said, truth = said_and_true(seed=1, boast=boast)

    temperature = fitted_temperature(said[:500], truth[:500])

    assert temperature == pytest.approx(boast, rel=0.15)
    assert error(cooled(said[500:], temperature), truth[500:]) < 0.04 < error(said[500:], truth[500:])


def test_without_probes_the_temperature_is_one():
    assert fitted_temperature(np.zeros((0, 3)), np.zeros(0, dtype=int)) == pytest.approx(1, abs=1e-4)


def test_a_single_probe_moves_the_temperature_little():
    assert 0.8 < fitted_temperature(np.array([[0.9, 0.1]]), np.array([0])) < 1.2


def test_cooling_keeps_the_order_of_the_classes():
    said, _ = said_and_true(seed=2, boast=1, items=50)

    assert (cooled(said, 3.0).argsort(axis=1) == said.argsort(axis=1)).all()
    assert np.allclose(cooled(said, 3.0).sum(axis=1), 1)


def test_a_diagram_counts_everything_once_and_shows_intervals():
    diagram = reliability_diagram(np.array([0.55, 0.58, 0.97, 1.0]), np.array([1.0, 0.0, 1.0, 1.0]))

    assert [(bar.low, bar.count, bar.right.estimate) for bar in diagram] == [(0.5, 2, 0.5), (0.9, 2, 1.0)]
    assert diagram[0].right.low < 0.5 < diagram[0].right.high
    assert calibration_error(diagram) == pytest.approx((0.065 + 0.015) / 2)


def test_isotonic_steps_mend_what_no_temperature_can():
    rng = np.random.default_rng(3)
    said = rng.uniform(0.5, 1, 4000)
    true = np.where(said < 0.8, 0.6, 0.9)

    steps = isotonic(said, (rng.random(4000) < true).astype(float))

    assert steps.apply(np.array([0.6, 0.95])) == pytest.approx([0.6, 0.9], abs=0.06)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40))
def test_isotonic_steps_never_fall(pairs):
    confidence = np.array([said for said, _ in pairs])

    steps = isotonic(confidence, np.array([float(right) for _, right in pairs]))

    assert (np.diff(steps.right) >= 0).all()
    assert (np.diff(steps.said) >= 0).all()
    assert steps.apply(confidence).shape == confidence.shape
