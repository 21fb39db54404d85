"""Confidence in answers that can be partly right: mended by known ones, never turned over."""

import json

import numpy as np
import pytest

from annotation.agreement.calibration import calibration_error, reliability_diagram
from annotation.agreement.graded import STRAIGHT, Curve, fitted_curve
from annotation.agreement.sets.boxes import Boxes
from annotation.agreement.sets.comparing import Pairs
from annotation.agreement.sets.contract import Answer, How, SetRefused
from annotation.agreement.sets.spans import Spans
from annotation.agreement.sets.transcription import Transcription


def boasts(count, *, shift, seed=0):
    """What is said, and scores whose mean is lower by so many log odds."""
    rng = np.random.default_rng(seed)
    said = rng.beta(12, 1.5, count)
    true = Curve(shift, 0.0).apply(said)
    return said, rng.beta(8 * true, 8 * (1 - true))


def error(said, got):
    return calibration_error(reliability_diagram(said, got))


@pytest.mark.parametrize("shift", [-2.0, -1.0, 1.0])
def test_forty_known_answers_mend_what_is_said_of_the_others(shift):
    said, got = boasts(2000, shift=shift)
    curve = fitted_curve(said[:40], got[:40])

    assert error(curve.apply(said[40:]), got[40:]) < 0.5 * error(said[40:], got[40:])


def test_what_was_true_stays_nearly_so():
    said, got = boasts(2000, shift=0.0)
    curve = fitted_curve(said[:40], got[:40])

    assert error(curve.apply(said[40:]), got[40:]) < error(said[40:], got[40:]) + 0.03


def test_whoever_was_surer_stays_surer_and_no_known_answer_changes_nothing():
    said = np.linspace(0, 1, 101)

    assert (np.diff(fitted_curve([0.9] * 30, [0.1] * 30).apply(said)) >= 0).all()
    assert fitted_curve([], []) == STRAIGHT
    assert (STRAIGHT.apply(said) == said).all()


def test_one_known_answer_moves_little():
    assert abs(float(fitted_curve([0.95], [0.0]).apply(np.array([0.95]))[0]) - 0.95) < 0.3


def test_the_order_of_known_answers_does_not_matter():
    said, got = boasts(60, shift=-1)

    assert fitted_curve(said, got).shift == pytest.approx(fitted_curve(said[::-1], got[::-1]).shift, abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "label", "known", "score"),
    [
        (Boxes(), "[[0,0,10,10]]", "[[0,0,10,10],[20,20,30,30]]", 2 / 3),
        (Boxes(), "[]", "[]", 1.0),
        (Spans(), '[[0,2,"a"],[3,4,"b"]]', '[[0,2,"a"]]', 2 / 3),
        (Spans(), "[]", "[]", 1.0),
        (Transcription(), "the dune is red", "The dune was red.", 0.75),
        (Transcription(), "", "", 1.0),
        (Transcription(), "a b c d e f", "x", 0.0),
        (Pairs(), "a", "b", 0.0),
    ],
)
def test_a_score_is_what_the_confidence_of_its_kind_expects(kind, label, known, score):
    assert kind.alike(label, known) == pytest.approx(score)


def drawn(pictures):
    """Everybody sees the first thing; the second, which is there too, nobody draws."""
    return [
        Answer(f"p{picture}", f"w{worker}", json.dumps([[0, 0, 10 + worker % 2, 10]]))
        for picture in range(pictures)
        for worker in range(4)
    ]


def test_probes_tell_of_drawings_what_nobody_has_drawn():
    answers = drawn(30)
    probes = {f"p{n}": "[[0,0,10,10],[40,40,50,50]]" for n in range(10)}

    without = Boxes().resolve(answers, How())
    mended = Boxes().resolve(answers, How(probes=probes))

    said = {row.task: row.confidence for row in mended.decided}
    assert min(row.confidence for row in without.decided) > 0.85
    assert 0.6 < said["p29"] < 0.75
    assert said["p0"] == 1.0
    assert [row.label for row in mended.decided if row.task == "p29"] == [
        row.label for row in without.decided if row.task == "p29"
    ]


def test_a_probe_that_is_no_drawing_is_refused_by_its_name():
    with pytest.raises(SetRefused, match="p1"):
        Boxes().resolve(drawn(2), How(probes={"p1": "a cat"}))


def test_probes_of_unknown_tasks_change_no_drawing():
    answers = drawn(3)

    assert Boxes().resolve(answers, How(probes={"elsewhere": "[]"})) == Boxes().resolve(answers, How())
