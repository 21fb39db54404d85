"""Which shapes of different people mean the same thing: average linkage by IoU, nobody twice in a cluster."""

import numpy as np

from annotation.agreement.votes import Floats, Ints

# Shapes are taken to mean the same thing from this mean IoU on.
LEAST_OVERLAP = 0.4
FORBIDDEN = -1.0


def cluster(table: Floats, drawers: Ints, *, least: float = LEAST_OVERLAP) -> list[list[int]]:
    """`table` holds the IoU of each pair of shapes, `drawers` who drew each. Every shape is in one cluster."""
    size = len(drawers)
    alike = table.copy()
    alike[drawers[:, None] == drawers[None, :]] = FORBIDDEN
    members: list[list[int]] = [[place] for place in range(size)]
    best = alike.argmax(axis=1) if size else np.zeros(0, dtype=np.int64)
    most = alike[np.arange(size), best]
    while size:
        one = int(most.argmax())
        if most[one] < least:
            break
        two = int(best[one])
        _merge(alike, members, one, two)
        # Only rows whose nearest was one of the two have to look again.
        stale = np.flatnonzero((best == one) | (best == two) | (alike[:, one] > most))
        stale = np.union1d(stale, [one, two])
        best[stale] = alike[stale].argmax(axis=1)
        most[stale] = alike[stale, best[stale]]
    return [sorted(rows) for rows in members if rows]


def _merge(alike: Floats, members: list[list[int]], one: int, two: int) -> None:
    """The second goes into the first. What either must not be merged with, both must not."""
    first, second = len(members[one]), len(members[two])
    mixed = (first * alike[one] + second * alike[two]) / (first + second)
    mixed[(alike[one] == FORBIDDEN) | (alike[two] == FORBIDDEN)] = FORBIDDEN
    alike[one], alike[:, one] = mixed, mixed
    alike[two], alike[:, two] = FORBIDDEN, FORBIDDEN
    alike[one, one] = FORBIDDEN
    members[one] += members[two]
    members[two] = []
