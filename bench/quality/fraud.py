"""Acceptance 5: a planted ring, and how well people who tell nothing are told apart without gold."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from annotation.agreement.auto import auto, committee
from annotation.agreement.hierarchy import matrices
from annotation.agreement.rings import find_rings, without
from annotation.agreement.spam import information_gain, is_uninformative, spammer_score
from annotation.agreement.votes import UNKNOWN, Floats, Ints, Votes
from bench.quality.crowds import Crowd, crowds

RING, ATTACKED, SHARE, COPIED, PROBES = 15, 100, 0.8, 0.97, 5
MOST_LOST, MOST_FLAGGED = 0.02, 0.05
# A set with fewer items than this has no room for the attack.
LEAST_ITEMS = 500


def bench(sets: Sequence[str], seeds: int) -> Iterator[dict[str, Any]]:
    for crowd in crowds(sets or ["rte"]):
        if crowd.votes.n_items < LEAST_ITEMS or (crowd.gold < 0).any():
            print(f"fraud {crowd.name}: no ring planted, too few items with gold", file=sys.stderr)
            continue
        clean = auto(crowd.votes).posterior
        runs = [_attack(crowd, clean, seed) for seed in range(max(5, seeds // 4))]
        figures = {name: round(float(np.mean([run[name] for run in runs])), 4) for name in runs[0]}
        yield {
            "set": crowd.name,
            "ring": RING,
            **figures,
            "within_budget": figures["defended"] >= figures["clean"] - MOST_LOST
            and figures["honest_flagged"] < MOST_FLAGGED,
        }
    for crowd in crowds(sets):
        yield from _spammers(crowd)


def _attack(crowd: Crowd, clean: Floats, seed: int) -> dict[str, float]:
    """Copiers answer most of the attacked items as their leader does, who answers at random; so also their probes."""
    rng = np.random.default_rng(seed)
    honest = crowd.votes.n_annotators
    attacked = rng.choice(crowd.votes.n_items, ATTACKED, replace=False)
    leader = rng.integers(0, crowd.votes.n_classes, crowd.votes.n_items)
    votes = _planted(crowd.votes, attacked, leader, rng)
    probed = _probed(votes, crowd.gold, honest, attacked, leader, rng)
    rings = find_rings(probed)
    defended = auto(without(probed, rings.failed)).posterior[: crowd.votes.n_items]
    scored = Crowd(crowd.name, crowd.votes, np.where(np.isin(np.arange(len(leader)), attacked), crowd.gold, UNKNOWN))
    return {
        "clean": scored.accuracy(clean),
        "attacked": scored.accuracy(auto(votes).posterior),
        "defended": scored.accuracy(defended),
        "ring_flagged": float((rings.failed >= honest).sum() / RING),
        "honest_flagged": float((rings.failed < honest).sum() / honest),
        "honest_linked": float((rings.ring[:honest] != UNKNOWN).mean()),
    }


def _planted(votes: Votes, attacked: Ints, leader: Ints, rng: np.random.Generator) -> Votes:
    items, annotators, labels = [votes.items], [votes.annotators], [votes.labels]
    for member in range(RING):
        mine = attacked[rng.random(len(attacked)) < SHARE]
        copied = rng.random(len(mine)) < COPIED
        items.append(mine)
        annotators.append(np.full(len(mine), votes.n_annotators + member))
        labels.append(np.where(copied, leader[mine], rng.integers(0, votes.n_classes, len(mine))))
    return Votes(
        np.concatenate(items),
        np.concatenate(annotators),
        np.concatenate(labels),
        votes.n_items,
        votes.n_annotators + RING,
        votes.n_classes,
    )


def _probed(votes: Votes, gold: Ints, honest: int, attacked: Ints, leader: Ints, rng: np.random.Generator) -> Votes:
    """Five hidden probes per person, as further items: an honest person's are answers he really gave to items with
    gold that were not attacked, a copier's are the leader's answers to items drawn for him."""
    rows: list[tuple[int, int, int]] = []  # annotator, label, truth
    is_probe = ~np.isin(votes.items, attacked)
    for annotator in range(honest):
        own = np.flatnonzero((votes.annotators == annotator) & is_probe)
        for row in rng.choice(own, min(PROBES, len(own)), replace=False):
            rows.append((annotator, int(votes.labels[row]), int(gold[votes.items[row]])))
    for annotator in range(honest, votes.n_annotators):
        for item in rng.choice(votes.n_items, PROBES, replace=False):
            rows.append((annotator, int(leader[item]), int(gold[item])))
    table = np.array(rows)
    return Votes(
        np.append(votes.items, votes.n_items + np.arange(len(table))),
        np.append(votes.annotators, table[:, 0]),
        np.append(votes.labels, table[:, 1]),
        votes.n_items + len(table),
        votes.n_annotators,
        votes.n_classes,
        np.append(np.full(votes.n_items, UNKNOWN), table[:, 2]),
    )


def _spammers(crowd: Crowd) -> Iterator[dict[str, Any]]:
    """Real ones: mean accuracy over the classes below chance + 10 points, of those with ten answers checked."""
    accuracy, checked = _balanced(crowd)
    judged = checked >= 10
    spams = judged & (accuracy < 1 / crowd.votes.n_classes + 0.1)
    found = matrices(crowd.votes, committee(crowd.votes))
    answers = np.bincount(crowd.votes.annotators, minlength=crowd.votes.n_annotators)
    flagged = is_uninformative(found, answers)
    yield {
        "set": crowd.name,
        "judged": int(judged.sum()),
        "spammers": int(spams.sum()),
        "auc_information": _auc(-information_gain(found)[judged], spams[judged]),
        "auc_raykar_yu": _auc(-spammer_score(found.rows)[judged], spams[judged]),
        "spammers_flagged": int((flagged & spams).sum()),
        "honest_flagged": int((flagged & judged & ~spams).sum()),
    }


def _balanced(crowd: Crowd) -> tuple[Floats, Ints]:
    votes, size = crowd.votes, crowd.votes.n_classes
    truth = crowd.gold[votes.items]
    rows = np.flatnonzero(truth >= 0)
    table = np.zeros((votes.n_annotators, size, size))
    np.add.at(table, (votes.annotators[rows], truth[rows], votes.labels[rows]), 1)
    asked = table.sum(axis=2)
    right = np.divide(np.diagonal(table, axis1=1, axis2=2), asked, out=np.zeros_like(asked), where=asked > 0)
    return right.sum(axis=1) / np.maximum((asked > 0).sum(axis=1), 1), asked.sum(axis=1).astype(np.int64)


def _auc(score: Floats, is_spam: NDArray[np.bool_]) -> float | None:
    spams, others = int(is_spam.sum()), int((~is_spam).sum())
    if not spams or not others:
        return None
    above = rankdata(score)[is_spam].sum() - spams * (spams + 1) / 2
    return round(float(above / (spams * others)), 3)
