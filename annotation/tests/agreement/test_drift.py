import numpy as np
import pytest

from annotation.agreement.drift import ALARM, LEAST, step_down


def rows(share, count, *, times=2000, seed=0):
    return (np.random.default_rng(seed).random((times, count)) < share).astype(float)


@pytest.mark.parametrize("count", [60, 300, 2000])
@pytest.mark.parametrize("share", [0.6, 0.85, 0.97])
def test_a_share_that_stays_rings_no_more_often_than_is_stated(share, count):
    chances = np.array([step_down(row).chance for row in rows(share, count)])

    assert (chances < 0.05).mean() <= 0.06
    assert (chances < ALARM).mean() <= 0.004


@pytest.mark.parametrize(("before", "after", "each", "found"), [(0.95, 0.75, 200, 0.9), (0.9, 0.6, 100, 0.9)])
def test_a_fall_is_found_and_where(before, after, each, found):
    fallen = np.hstack([rows(before, each, times=300), rows(after, each, times=300, seed=1)])
    drifts = [step_down(row) for row in fallen]

    assert np.mean([drift.has_fallen for drift in drifts]) >= found
    assert abs(np.median([drift.at for drift in drifts]) - each) <= each / 10


def test_a_rise_is_no_alarm():
    risen = np.concatenate([np.tile([1.0, 0.0], 100), np.ones(200)])

    assert step_down(risen).chance > 0.5


def test_what_was_before_and_after_adds_up():
    row = np.array([1.0] * 50 + [0.0, 1.0] * 30)
    drift = step_down(row)

    assert (drift.at, drift.count) == (50, 110) or drift.before.estimate > drift.after.estimate
    assert drift.before.estimate * drift.at + drift.after.estimate * (110 - drift.at) == pytest.approx(row.sum())


def test_few_answers_and_answers_all_alike_say_nothing():
    assert step_down(np.ones(LEAST - 1)) is None
    assert step_down(np.ones(LEAST)).chance == 1
    assert step_down(np.zeros(LEAST)).chance == 1
