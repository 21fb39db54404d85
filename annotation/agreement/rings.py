"""Annotators who copy one another: they agree more often than their accuracy can explain, and fail probes.

Either alone accuses honest people. A few experts in a poor crowd agree with one another beyond what the crowd says of
them; a beginner fails probes by himself. Only who does both is taken out; who is merely linked is shown to a person.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.special import bdtr, ndtri

from annotation.agreement.votes import UNKNOWN, Floats, Ints, Votes, sum_per

Bools = NDArray[np.bool_]

# Two people are compared when they share so many items.
SHARED = 8
# Chance links no more than this many pairs of a whole project.
FALSE_LINKS = 0.01
# A ring fails its probes together when honest people would do so badly in one case of a hundred.
FAILURE = 0.01
# Somebody linked fails on his own when he is right on no more than this share of his probes.
OWN_SHARE = 0.6
# More comparisons than this are drawn from, evenly over the items.
MOST_PAIRS = 20_000_000
ROUNDS = 4
# How far above the crowd's agreement somebody is, in standard deviations, to be left out at first.
FIRST_LIMIT = 2.0
# Even perfect annotators are not expected to agree more often.
MOST_EXPECTED = 0.98


@dataclass(frozen=True, slots=True)
class Pairs:
    """Every two annotators who share an item: how many, and how often they agreed on them."""

    first: Ints
    second: Ints
    shared: Floats
    agreed: Floats


@dataclass(frozen=True, slots=True)
class Rings:
    """`ring[a]` numbers the linked group of an annotator, UNKNOWN for the many in none; `links[a]` counts his links."""

    ring: Ints
    links: Ints
    failed: Ints  # annotators who are linked and failed probes


def find_rings(votes: Votes) -> Rings:
    pairs = _pairs(votes)
    linked = _links(pairs, votes)
    ring, links = _groups(pairs, linked, votes.n_annotators)
    return Rings(ring, links, _failed(votes, ring, links))


def without(votes: Votes, annotators: Iterable[int]) -> Votes:
    """The same items and annotators, but nothing that these said."""
    kept = ~np.isin(votes.annotators, list(annotators))
    return Votes(
        votes.items[kept],
        votes.annotators[kept],
        votes.labels[kept],
        votes.n_items,
        votes.n_annotators,
        votes.n_classes,
        votes.known,
    )


def _pairs(votes: Votes) -> Pairs:
    """All pairs of votes on one item, summed per pair of annotators. Probes are left out: there, to agree is right."""
    rows = np.lexsort((votes.annotators, votes.items))
    if votes.known is not None:
        rows = rows[votes.known[votes.items[rows]] == UNKNOWN]
    rows = _thinned(votes, rows)
    items = votes.items[rows]
    ends = np.searchsorted(items, items, side="right")
    after = ends - np.arange(len(rows)) - 1
    one = np.repeat(np.arange(len(rows)), after)
    other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(after) - after, after)
    one, other = rows[one], rows[other]
    key = votes.annotators[one] * votes.n_annotators + votes.annotators[other]
    names, where = np.unique(key, return_inverse=True)
    shared = np.bincount(where, minlength=len(names)).astype(np.float64)
    agreed = sum_per(where, (votes.labels[one] == votes.labels[other]).astype(np.float64), len(names))
    return Pairs(names // max(votes.n_annotators, 1), names % max(votes.n_annotators, 1), shared, agreed)


def _thinned(votes: Votes, rows: Ints) -> Ints:
    """Every so-manieth item when there are too many pairs to compare."""
    counts = votes.votes_per_item()
    pairs = int((counts * (counts - 1) // 2).sum())
    step = -(-pairs // MOST_PAIRS)
    return rows if step <= 1 else rows[votes.items[rows] % step == 0]


def _links(pairs: Pairs, votes: Votes) -> Ints:
    """Which pairs agree too often for how well each of the two agrees with everybody else.

    At first everybody who agrees with somebody more than the crowd does is left out of what is said of that somebody:
    a large ring would otherwise vouch for itself. Good annotators among them are cleared by the next round, since
    they agree with the rest as well; copiers are not.
    """
    chance = float(((np.bincount(votes.labels, minlength=votes.n_classes) / max(len(votes), 1)) ** 2).sum())
    chance = min(chance, 0.99)
    is_tested = pairs.shared >= SHARED
    limit = -ndtri(FALSE_LINKS / max(int(is_tested.sum()), 1))
    usual = np.full(votes.n_annotators, _crowd_skill(pairs, chance))
    apart = is_tested & (_excess(pairs, usual, chance) > FIRST_LIMIT)
    linked = apart
    for _ in range(ROUNDS):
        before = linked
        skill = _skills(pairs, ~apart, votes.n_annotators, chance)
        linked = is_tested & (_excess(pairs, skill, chance) > limit)
        apart = linked
    return np.flatnonzero(linked & before)


def _excess(pairs: Pairs, skill: Floats, chance: float) -> Floats:
    """By how many standard deviations each pair agrees more often than the two skills explain."""
    expected = chance + (1 - chance) * skill[pairs.first] * skill[pairs.second]
    expected = np.clip(expected, chance, MOST_EXPECTED)
    excess: Floats = (pairs.agreed - pairs.shared * expected) / np.sqrt(pairs.shared * expected * (1 - expected))
    return excess


def _crowd_skill(pairs: Pairs, chance: float) -> float:
    agreement = float(pairs.agreed.sum()) / max(float(pairs.shared.sum()), 1.0)
    return float(np.sqrt(max((agreement - chance) / (1 - chance), 0.01)))


def _skills(pairs: Pairs, use: Bools, size: int, chance: float) -> Floats:
    """Agreement beyond chance as a product of two skills: the rank-one fit, weighted by shared items."""
    first, second = pairs.first[use], pairs.second[use]
    shared = pairs.shared[use]
    beyond = (pairs.agreed[use] - chance * shared) / (1 - chance)
    crowd = _crowd_skill(Pairs(first, second, shared, pairs.agreed[use]), chance)
    skill = np.full(size, crowd)
    for _ in range(30):
        up = sum_per(first, beyond * skill[second], size) + sum_per(second, beyond * skill[first], size)
        weight = shared * skill[second] ** 2, shared * skill[first] ** 2
        down = sum_per(first, weight[0], size) + sum_per(second, weight[1], size)
        # A few shared items' worth of the crowd's skill, so that nobody is judged by one partner.
        prior = SHARED * crowd**2
        skill = np.clip((up + prior * crowd) / (down + prior), 0.0, 1.0)
    return skill


def _groups(pairs: Pairs, linked: Ints, size: int) -> tuple[Ints, Ints]:
    first, second = pairs.first[linked], pairs.second[linked]
    links = np.bincount(first, minlength=size) + np.bincount(second, minlength=size)
    graph = csr_matrix((np.ones(len(first)), (first, second)), shape=(size, size))
    _, group = connected_components(graph, directed=False)
    return np.where(links > 0, group, UNKNOWN), links


def _failed(votes: Votes, ring: Ints, links: Ints) -> Ints:
    if votes.known is None:
        return np.zeros(0, dtype=np.int64)
    probe = votes.known[votes.items] != UNKNOWN
    people = votes.annotators[probe]
    asked = np.bincount(people, minlength=votes.n_annotators)
    is_right = votes.labels[probe] == votes.known[votes.items[probe]]
    right = np.bincount(people[is_right], minlength=votes.n_annotators)
    alone = ring == UNKNOWN
    # What honest people reach; one imagined failure and two imagined successes keep it from being certain.
    usual = (right[alone].sum() + 2) / (asked[alone].sum() + 3)
    failed = (ring != UNKNOWN) & (asked > 0) & (right <= OWN_SHARE * asked)
    for number in np.unique(ring[ring != UNKNOWN]):
        members = ring == number
        # The luck of one member does not clear him when the ring as a whole fails; two links make a member.
        if asked[members].sum() and bdtr(float(right[members].sum()), int(asked[members].sum()), usual) < FAILURE:
            failed |= members & (links > 1)
    return np.flatnonzero(failed)
