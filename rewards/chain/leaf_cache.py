"""Leaves of credits that did not change since the last tree are not hashed again. Pure.

Between two epochs most credits stay as they are, and both lists are sorted: stretches that are the same bytes are found
by comparing ever longer pieces, and their leaves are copied. The cost grows with the changes, not with the credits.
"""

from dataclasses import dataclass

from rewards.chain import merkle

SIZE, KEY = merkle.CREDIT.size, 40
LONGEST = 1 << 14


@dataclass(frozen=True, slots=True)
class KnownLeaves:
    """Credits of an earlier tree of the same contract, and their leaves."""

    credits: bytes
    leaves: bytes


def credit_leaves(chain_id: int, settlement: str, credits: bytes, known: KnownLeaves) -> bytes:
    """The same as merkle.credit_leaves."""
    leaves, new, old, count = bytearray(), 0, 0, len(credits) // SIZE
    changed: list[bytes] = []
    places: list[int] = []
    while new < count:
        same = _same_stretch(credits, new, known.credits, old)
        leaves += known.leaves[old * merkle.NODE : (old + same) * merkle.NODE]
        new, old = new + same, old + same
        if new == count:
            break
        record, before = credits[new * SIZE : (new + 1) * SIZE], known.credits[old * SIZE : (old + 1) * SIZE]
        if before and before[:KEY] < record[:KEY]:
            old += 1  # it has no leaf any more
            continue
        places.append(new)
        changed.append(record)
        leaves += bytes(merkle.NODE)
        new, old = new + 1, old + (before[:KEY] == record[:KEY])
    hashed = merkle.credit_leaves(chain_id, settlement, b"".join(changed))
    for n, place in enumerate(places):
        leaves[place * merkle.NODE : (place + 1) * merkle.NODE] = hashed[n * merkle.NODE : (n + 1) * merkle.NODE]
    return bytes(leaves)


def _same_stretch(credits: bytes, new: int, known: bytes, old: int) -> int:
    """How many records from here on are the same: pieces double while they are equal, and halve when they are not."""
    found, piece = 0, 1
    while True:
        at, was, length = (new + found) * SIZE, (old + found) * SIZE, piece * SIZE
        here = credits[at : at + length]
        if len(here) == length and here == known[was : was + length]:
            found += piece
            piece = min(piece * 2, LONGEST)
        else:
            return found + _same_within(credits, new + found, known, old + found, piece // 2)


def _same_within(credits: bytes, new: int, known: bytes, old: int, piece: int) -> int:
    """Less than twice `piece` are the same: which of the halves are?"""
    found = 0
    while piece:
        at, was, length = (new + found) * SIZE, (old + found) * SIZE, piece * SIZE
        here = credits[at : at + length]
        if len(here) == length and here == known[was : was + length]:
            found += piece
        piece //= 2
    return found
