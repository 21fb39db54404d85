"""Edit distances of many pairs of sequences at once: one numpy step per row of all tables instead of one per cell."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from annotation.agreement.votes import Ints

Sequence32 = NDArray[np.int32]
Cells = NDArray[np.int16] | NDArray[np.int32]
# So many cells of tables are in memory together.
MAX_CELLS = 4_000_000
# Up to this length distances fit into two bytes.
SHORT = 30_000
DELETED = -1


def distances(left: Sequence[Sequence32], right: Sequence[Sequence32]) -> Ints:
    """Levenshtein's distance of `left[p]` and `right[p]` for each pair p."""
    result = np.zeros(len(left), dtype=np.int64)
    for chunk in _chunks(left, right, kept_rows=3):
        result[chunk] = _ends(*_padded(left, right, chunk))
    return result


def alignments(left: Sequence[Sequence32], right: Sequence[Sequence32]) -> list[Ints]:
    """For each pair the position in `right[p]` that stands opposite each position of `left[p]`, or DELETED.

    What of the right is opposite nothing was inserted. Of equally short ways the one that deletes and inserts latest.
    """
    result: list[Ints] = [np.zeros(0, dtype=np.int64)] * len(left)
    for chunk in _chunks(left, right, kept_rows=None):
        lefts, rights, heights, widths = _padded(left, right, chunk)
        opposite = _trace(_tables(lefts, rights), lefts, rights, heights, widths)
        for place, pair in enumerate(chunk.tolist()):
            result[pair] = opposite[place, : heights[place]]
    return result


def _chunks(left: Sequence[Sequence32], right: Sequence[Sequence32], kept_rows: int | None) -> Iterator[Ints]:
    """Pairs of about equal length together, so that little is padded."""
    heights = np.array([len(each) for each in left], dtype=np.int64)
    widths = np.array([len(each) for each in right], dtype=np.int64)
    order = np.lexsort((widths, heights))
    first = 0
    while first < len(order):
        count = min(len(order) - first, 20_000)
        while True:
            chunk = order[first : first + count]
            rows = int(heights[chunk].max()) + 1 if kept_rows is None else kept_rows
            if count == 1 or count * rows * (int(widths[chunk].max()) + 1) <= MAX_CELLS:
                break
            count = max(1, count // 2)
        yield chunk
        first += count


def _padded(
    left: Sequence[Sequence32], right: Sequence[Sequence32], chunk: Ints
) -> tuple[Sequence32, Sequence32, Ints, Ints]:
    lefts, heights = _stack([left[pair] for pair in chunk.tolist()], padding=-1)
    rights, widths = _stack([right[pair] for pair in chunk.tolist()], padding=-2)
    return lefts, rights, heights, widths


def _stack(sequences: Sequence[Sequence32], padding: int) -> tuple[Sequence32, Ints]:
    lengths = np.array([len(each) for each in sequences], dtype=np.int64)
    stacked = np.full((len(sequences), int(lengths.max(initial=0))), padding, dtype=np.int32)
    stacked[np.arange(stacked.shape[1]) < lengths[:, None]] = np.concatenate(sequences) if len(sequences) else 0
    return stacked, lengths


def _rows(lefts: Sequence32, rights: Sequence32) -> Iterator[Cells]:
    """Row after row of the tables of all pairs: [pair, position in the right]."""
    width = rights.shape[1]
    steps = np.arange(width + 1, dtype=np.int16 if max(lefts.shape[1], width) < SHORT else np.int32)
    row: Cells = np.tile(steps, (len(rights), 1))
    yield row
    for height in range(lefts.shape[1]):
        below: Cells = row + steps.dtype.type(1)
        np.minimum(below[:, 1:], row[:, :-1] + (lefts[:, height, None] != rights), out=below[:, 1:])
        below -= steps
        np.minimum.accumulate(below, axis=1, out=below)
        below += steps
        row = below
        yield row


def _ends(lefts: Sequence32, rights: Sequence32, heights: Ints, widths: Ints) -> Ints:
    result = np.zeros(len(heights), dtype=np.int64)
    for height, row in enumerate(_rows(lefts, rights)):
        ended = np.flatnonzero(heights == height)
        result[ended] = row[ended, widths[ended]]
    return result


def _tables(lefts: Sequence32, rights: Sequence32) -> Cells:
    tables: Cells = np.stack(list(_rows(lefts, rights)))  # type: ignore[assignment]
    return tables


def _trace(tables: Cells, lefts: Sequence32, rights: Sequence32, heights: Ints, widths: Ints) -> Ints:
    """From the ends of all tables back to their beginnings, one step of all pairs at a time."""
    opposite = np.full((len(heights), max(lefts.shape[1], 1)), DELETED, dtype=np.int64)
    row, column = heights.copy(), widths.copy()
    active = np.flatnonzero((row > 0) | (column > 0))
    while len(active):
        up, left = row[active], column[active]
        here = tables[up, active, left]
        is_inside = (up > 0) & (left > 0)
        above, before = np.maximum(up - 1, 0), np.maximum(left - 1, 0)
        differs = lefts[active, above] != rights[active, before] if lefts.size and rights.size else np.ones(len(up))
        is_pair = is_inside & (tables[above, active, before] + differs == here)
        is_deleted = ~is_pair & (up > 0) & (tables[above, active, left] + 1 == here)
        opposite[active[is_pair], above[is_pair]] = before[is_pair]
        row[active] -= is_pair | is_deleted
        column[active] -= is_pair | ~is_deleted
        active = active[(row[active] > 0) | (column[active] > 0)]
    return opposite
