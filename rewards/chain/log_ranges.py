"""How many blocks to ask a node for at once: fewer after it refused or was busy, more again when it answers."""

from collections.abc import Callable
from typing import TypeVar

from rewards.chain.errors import ChainRejected, ChainUnavailable, Reason

MOST_BLOCKS = 2_000
Found = TypeVar("Found")

# Per chain, for this process: what was learned from a refusal is not forgotten at the next turn.
_sizes: dict[int, int] = {}


def read_range(chain_id: int, first: int, last: int, fetch: Callable[[int, int], Found]) -> tuple[Found, int]:
    """What `fetch` finds from `first` on, and up to which block: as far as the node lets us, never beyond `last`.

    A range that is too wide is halved and asked again at once. A busy node is left alone: the next turn asks for half.
    """
    while True:
        size = _sizes.get(chain_id, MOST_BLOCKS)
        until = min(last, first + size - 1)
        try:
            found = fetch(first, until)
        except ChainUnavailable:
            _sizes[chain_id] = max(1, (until - first + 1) // 2)
            raise
        except ChainRejected as error:
            if error.reason is not Reason.RANGE_TOO_WIDE or first == until:
                raise
            _sizes[chain_id] = (until - first + 1) // 2
        else:
            if size < MOST_BLOCKS:
                _sizes[chain_id] = min(MOST_BLOCKS, 2 * size)
            return found, until
