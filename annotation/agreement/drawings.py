"""What the shapes that several people drew on a picture add up to.

Shapes of different people that overlap are one *find* (clusters.py). Whether a find is really there is voted on by
everybody who drew on the picture: yes by drawing it, no by not drawing it. Everybody has a recall (the share of what
is there that he draws) and a share of false finds that he joins in; both are drawn towards the crowd's, and judge a
find by his *other* finds (Dawid and Skene with two classes). Its outline is the weighted middle of the outlines that
people gave it, those counting most who usually draw as the others do.

Kept are the finds that make the expected F1 greatest, given how likely each is: those likelier than about half of
the best F1 there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from annotation.agreement.clusters import LEAST_OVERLAP, cluster
from annotation.agreement.shapes import Shape, overlaps
from annotation.agreement.votes import Floats, Ints, sum_per

# A person's own record outweighs the crowd's after so many finds.
STRENGTH = 4.0
MAX_ITERATIONS = 100
TOLERANCE = 1e-4
# Of a crowd that nothing is known of: recall, finds that are there; and the weight of that belief, in finds.
RECALL, REAL, FAITH_WORTH = 0.7, 0.5, 10.0
# How often somebody draws what another has invented. It cannot be learned: votes alone do not tell a thing that few
# can see from one that is not there. What tells them apart is that inventions seldom coincide.
JOINED = 0.05
# Some things are harder to see than others: log odds of drawing them, and how common they are (a normal curve's).
HARDNESS = 1.0
LOWEST, HIGHEST = 0.01, 0.99
# However low the F1 that can be expected: what is less likely than this is not kept.
RAREST_KEPT = 0.25


@dataclass(frozen=True)
class Drawings:
    """Row r says: `annotators[r]` drew `shapes[r]` (perhaps nothing) on item `items[r]`."""

    items: Ints
    annotators: Ints
    shapes: Sequence[Sequence[Shape]]
    n_items: int
    n_annotators: int


@dataclass(frozen=True, slots=True)
class Finds:
    """One row per vote: of find `finds[v]`, by `annotators[v]`, who drew it or not."""

    drawn: list[tuple[tuple[int, int], ...]]
    items: Ints
    finds: Ints
    annotators: Ints
    said: Floats

    def __len__(self) -> int:
        return len(self.drawn)


def gather(drawings: Drawings, *, least: float = LEAST_OVERLAP) -> Finds:
    rows_of: list[list[int]] = [[] for _ in range(drawings.n_items)]
    for row, item in enumerate(drawings.items.tolist()):
        rows_of[item].append(row)
    drawn: list[tuple[tuple[int, int], ...]] = []
    items: list[int] = []
    finds: list[int] = []
    annotators: list[int] = []
    said: list[float] = []
    for item, rows in enumerate(rows_of):
        places = sorted(
            ((row, place) for row in rows for place in range(len(drawings.shapes[row]))),
            key=lambda at: (drawings.shapes[at[0]][at[1]].box, at),
        )
        shapes = [drawings.shapes[row][place] for row, place in places]
        drawers = np.array([drawings.annotators[row] for row, _ in places], dtype=np.int64)
        for members in cluster(overlaps(shapes, shapes), drawers, least=least):
            owners = {places[member][0] for member in members}
            for row in rows:
                finds.append(len(drawn))
                annotators.append(int(drawings.annotators[row]))
                said.append(float(row in owners))
            drawn.append(tuple(places[member] for member in members))
            items.append(item)
    return Finds(
        drawn,
        np.array(items, dtype=np.int64),
        np.array(finds, dtype=np.int64),
        np.array(annotators, dtype=np.int64),
        np.array(said),
    )


@dataclass(frozen=True, slots=True)
class Belief:
    """[find]: how likely it is there; [annotator]: recall, and share of the false finds joined in."""

    chance: Floats
    recall: Floats
    joined: Floats


def vote(finds: Finds, n_annotators: int) -> Belief:
    """Every vote counts the same: the chance is the share of those who drew it."""
    chance = _per_find(finds, finds.said) / np.maximum(_per_find(finds, np.ones(len(finds.said))), 1)
    return Belief(chance, *_rates(finds, chance, n_annotators)[:2])


def believe(finds: Finds, n_annotators: int) -> Belief:
    belief = vote(finds, n_annotators)
    chance = belief.chance
    for _ in range(MAX_ITERATIONS):
        recall, joined, (seen, false) = _rates(finds, chance, n_annotators)
        real = (chance.sum() + FAITH_WORTH * REAL) / (len(chance) + FAITH_WORTH)
        scores = _seen(finds, seen) - _invented(finds, false) + np.log(real / (1 - real))
        before, chance = chance, 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
        belief = Belief(chance, recall, joined)
        if np.abs(chance - before).max(initial=0.0) < TOLERANCE:
            break
    return belief


def _seen(finds: Finds, recall: Floats) -> Floats:
    """Log chance of each find's votes if it is there, over how hard it may be to see, given that somebody drew it."""
    odds = np.log(recall / (1 - recall))
    places, weights = np.polynomial.hermite_e.hermegauss(5)
    logs = np.stack([_told(finds, 1 / (1 + np.exp(-(odds + HARDNESS * place)))) for place in places])
    return logsumexp(logs, axis=0, b=(weights / weights.sum())[:, None])


def _invented(finds: Finds, joined: Floats) -> Floats:
    return _told(finds, joined)


def _told(finds: Finds, rate: Floats) -> Floats:
    """Log chance of each find's votes where everybody draws it at a rate of his own, given that somebody does."""
    told = _per_find(finds, np.where(finds.said > 0, np.log(rate), np.log1p(-rate)))
    silent = _per_find(finds, np.log1p(-rate))
    return told - np.log(-np.expm1(np.minimum(silent, -1e-9)))


def _rates(finds: Finds, chance: Floats, n_annotators: int) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """Recall, and rate of joining in inventions: of everybody, and for each vote of its giver without this vote.

    Who invents more than others is believed to join in more as well; only how often people do so is fixed.
    """
    who, real = finds.annotators, chance[finds.finds] if len(finds.finds) else np.zeros(0)
    recall = _drawn(who, real, finds.said, n_annotators, RECALL)
    joined = _drawn(who, 1 - real, finds.said, n_annotators, JOINED)
    usual = JOINED / joined[2]
    people = [np.clip(rates, LOWEST, HIGHEST) for rates in (recall[0], usual * joined[0])]
    votes = [np.clip(rates, LOWEST, HIGHEST) for rates in (recall[1], usual * joined[1])]
    return people[0], people[1], (votes[0], votes[1])


def _drawn(who: Ints, weight: Floats, said: Floats, n_annotators: int, usual: float) -> tuple[Floats, Floats, float]:
    """How often what has this weight was drawn: by everybody, by the giver of each vote elsewhere, by the crowd."""
    told, asked = sum_per(who, weight * said, n_annotators), sum_per(who, weight, n_annotators)
    crowd = (told.sum() + FAITH_WORTH * usual) / (asked.sum() + FAITH_WORTH)
    others = (told[who] - weight * said + STRENGTH * crowd) / (asked[who] - weight + STRENGTH)
    return (told + STRENGTH * crowd) / (asked + STRENGTH), others, float(crowd)


def _per_find(finds: Finds, values: Floats) -> Floats:
    return sum_per(finds.finds, values, len(finds))


def least_chance(chances: Floats) -> float:
    """From which chance on finds are to be kept so that the expected F1 is greatest."""
    ordered = -np.sort(-chances)
    if not len(ordered) or not ordered[0]:
        return RAREST_KEPT
    expected = 2 * np.cumsum(ordered) / (np.arange(1, len(ordered) + 1) + ordered.sum())
    return max(float(expected.max()) / 2, RAREST_KEPT)


def without_own(finds: Finds, belief: Belief) -> Floats:
    """Per vote: how likely its find is there by everybody else's."""
    seen, joined = belief.recall[finds.annotators], belief.joined[finds.annotators]
    own = np.where(finds.said > 0, np.log(seen / joined), np.log((1 - seen) / (1 - joined)))
    chance = np.clip(belief.chance, 1e-12, 1 - 1e-12)
    scores = np.log(chance / (1 - chance))[finds.finds] - own
    left: Floats = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
    return left
