"""Who should be looked at, and why; and the votes without those whom two proofs speak against."""

from dataclasses import dataclass

import numpy as np

from annotation.agreement.auto import committee
from annotation.agreement.hierarchy import matrices
from annotation.agreement.rings import find_rings, without
from annotation.agreement.spam import is_uninformative
from annotation.agreement.votes import UNKNOWN, Votes

# The words of workers.csv. The first two ask for a look; only the third takes anybody's votes away.
UNINFORMATIVE, LINKED, RING = "uninformative", "linked", "ring"


@dataclass(frozen=True, slots=True)
class Suspicions:
    flags: list[tuple[str, ...]]
    trusted: Votes


def suspicions(votes: Votes) -> Suspicions:
    rings = find_rings(votes)
    trusted = without(votes, rings.failed) if len(rings.failed) else votes
    crowd = matrices(votes, committee(trusted))
    answers = np.bincount(votes.annotators, minlength=votes.n_annotators)
    said_nothing = is_uninformative(crowd, answers)
    failed = set(rings.failed.tolist())
    flags = [
        tuple(
            word
            for word, holds in (
                (UNINFORMATIVE, bool(said_nothing[annotator])),
                (LINKED, rings.ring[annotator] != UNKNOWN),
                (RING, annotator in failed),
            )
            if holds
        )
        for annotator in range(votes.n_annotators)
    ]
    return Suspicions(flags, trusted)
