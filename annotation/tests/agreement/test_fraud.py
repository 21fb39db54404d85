import numpy as np
import pytest

from annotation.agreement.auto import auto
from annotation.agreement.fraud import LINKED, RING, UNINFORMATIVE, suspicions
from annotation.agreement.hierarchy import Matrices
from annotation.agreement.rings import find_rings, without
from annotation.agreement.spam import information_gain, spammer_score
from annotation.agreement.votes import UNKNOWN, Votes
from annotation.tests.agreement.votes_for_tests import simulated_crowd

HONEST, COPIERS = 30, 8


def attacked_crowd(*, seed, copiers_know=False, probes=0):
    """The first hundred items also get eight people who copy a leader; `probes` items more are known."""
    crowd = simulated_crowd(seed=seed, items=400, annotators=HONEST, per_item=6, classes=2)
    rng = np.random.default_rng(seed + 100)
    truth = np.append(crowd.truth, rng.integers(0, 2, probes))
    leader = truth if copiers_know else rng.integers(0, 2, len(truth))
    who = np.repeat(HONEST + np.arange(COPIERS), 100)
    what = np.tile(np.arange(100), COPIERS)
    probe_items = np.repeat(400 + np.arange(probes), HONEST + COPIERS)
    probed = np.tile(np.arange(HONEST + COPIERS), probes)
    knows = rng.random(len(probed)) < np.append(crowd.accuracy, np.zeros(COPIERS))[probed]
    honest_says = np.where(knows, truth[probe_items], 1 - truth[probe_items])
    votes = Votes(
        np.concatenate([crowd.votes.items, what, probe_items]),
        np.concatenate([crowd.votes.annotators, who, probed]),
        np.concatenate([crowd.votes.labels, leader[what], np.where(probed < HONEST, honest_says, leader[probe_items])]),
        400 + probes,
        HONEST + COPIERS,
        2,
        np.append(np.full(400, UNKNOWN), truth[400:]) if probes else None,
    )
    return votes, truth


def test_copiers_are_linked_and_hardly_anybody_else():
    votes, _ = attacked_crowd(seed=1)

    rings = find_rings(votes)

    assert (rings.ring[HONEST:] != UNKNOWN).all()
    assert (rings.ring[:HONEST] != UNKNOWN).mean() < 0.1
    assert len(rings.failed) == 0  # nobody is taken out without probes


def test_a_ring_that_fails_probes_is_taken_out_and_its_items_recover():
    votes, truth = attacked_crowd(seed=2, probes=6)

    found = suspicions(votes)

    assert all(RING in flags and LINKED in flags for flags in found.flags[HONEST:])
    assert not any(RING in flags for flags in found.flags[:HONEST])
    assert (auto(votes).labels[:100] == truth[:100]).mean() < 0.75
    assert (auto(found.trusted).labels[:100] == truth[:100]).mean() > 0.88


def test_experts_who_agree_because_they_are_right_are_left_alone():
    votes, _ = attacked_crowd(seed=3, copiers_know=True, probes=6)

    assert len(find_rings(votes).failed) == 0


def test_an_honest_crowd_has_no_rings():
    linked = [(find_rings(simulated_crowd(seed=seed).votes).ring != UNKNOWN).sum() for seed in range(10)]

    assert sum(linked) <= 2


def test_without_takes_votes_away_and_nothing_else():
    votes = simulated_crowd(seed=1).votes

    left = without(votes, [0, 3])

    assert not np.isin(left.annotators, [0, 3]).any()
    assert (left.n_items, left.n_annotators, left.n_classes) == (400, 30, 3)
    assert len(left) == (~np.isin(votes.annotators, [0, 3])).sum()


@pytest.mark.parametrize("answers", ["always the same", "at random", "as the classes are spread"])
def test_who_tells_nothing_is_flagged_and_honest_people_are_not(answers):
    crowd = simulated_crowd(seed=4, items=600, classes=3)
    rng = np.random.default_rng(9)
    said = {
        "always the same": np.zeros(200, dtype=int),
        "at random": rng.integers(0, 3, 200),
        "as the classes are spread": crowd.votes.labels[rng.integers(0, len(crowd.votes), 200)],
    }[answers]
    votes = Votes(
        np.append(crowd.votes.items, np.arange(200)),
        np.append(crowd.votes.annotators, np.full(200, 30)),
        np.append(crowd.votes.labels, said),
        600,
        31,
        3,
    )

    flags = suspicions(votes).flags

    assert UNINFORMATIVE in flags[30]
    assert sum(UNINFORMATIVE in each for each in flags[:30]) <= 1  # somebody of accuracy .5 among three classes


def test_the_two_spammer_scores_know_the_extremes():
    perfect, parrot, half = np.eye(3), np.tile([[1.0], [0.0], [0.0]], (1, 3)), np.full((3, 3), 0.25) + np.eye(3) / 4
    crowd = Matrices(np.stack([perfect, parrot, half]), np.full(3, 1 / 3))

    assert spammer_score(crowd.rows).tolist() == pytest.approx([1, 0, 0.0625])
    gained = information_gain(crowd)
    assert gained[0] == pytest.approx(1)
    assert gained[1] == pytest.approx(0)
    assert 0 < gained[2] < 0.2
