"""How each worker marks spans: what he does at a token, given the right tag and whether he is inside a span already.

His choice at a token is a *move*: outside, begin a span of some type, or go on with the span he is in. Since it depends
on his own last move, a span that he overlooks is one error and not one per token.

What moves are like whatever the types is counted in 36 sorts. The crowd's moves for each type are drawn towards that;
a worker makes the crowd's moves, each as much commoner or rarer as moves of its sort are with him. So a handful of
texts is enough to know a worker, and a worker's moves are weighed by what he did in *other* texts.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from annotation.agreement.tags import kinds_of_tags, number_of_tags, types_of_tags
from annotation.agreement.votes import Floats, Ints

# In moves: what is imagined of a worker's sorts, and of the crowd's moves for one type (docs/algorithms/sequences.md).
SORT_STRENGTH = 8.0
CROWD_STRENGTH = 100.0
# At the very top: so many imagined moves of every sort, and so many more of the right one.
IMAGINED, IMAGINED_RIGHT = 1.0, 3.0
LEAST = 1e-6

MOVES = 4  # outside, go on, begin the right type, begin another
STATES = 9  # right tag O, B, I × inside nothing, a span of the tag's type, of another type
SORTS = STATES * MOVES


@dataclass(frozen=True, slots=True)
class Moves:
    """Row m: in answer `answers[m]` the move at token `tokens[m]` was `moves[m]` (0 outside, 1 + k begin type k,
    1 + types go on) while inside a span of type `within[m]` (0 nothing, 1 + k type k).

    `texts` and `workers` are those of each answer; tokens are numbered through all texts.
    """

    answers: Ints
    tokens: Ints
    moves: Ints
    within: Ints
    texts: Ints
    workers: Ints
    n_tokens: int
    n_workers: int
    n_types: int


def moves_of(tags: Ints, n_types: int) -> tuple[Ints, Ints]:
    """The moves, and within what, that a row of tags consists of."""
    kinds, types = kinds_of_tags(n_types)[tags], types_of_tags(n_types)[tags]
    within = np.concatenate([[0], types[:-1] + 1])
    moves = np.where(kinds == 0, 0, np.where(kinds == 1, 1 + types, 1 + n_types))
    return moves, within


def sorts_of(n_types: int) -> Ints:
    """[within, move, tag] → which of the sorts, or −1 where the move cannot be made."""
    kinds, types = kinds_of_tags(n_types), types_of_tags(n_types)
    within = np.arange(n_types + 1)[:, None, None]
    move = np.arange(n_types + 2)[None, :, None]
    relation = np.where(within == 0, 0, np.where((types == within - 1) | (kinds == 0), 1, 2))
    begins_right = (move - 1 == types) & (kinds > 0)
    choice = np.where(move == 0, 0, np.where(move == n_types + 1, 1, np.where(begins_right, 2, 3)))
    sorts = (kinds * 3 + relation) * MOVES + choice
    possible: Ints = np.where((move == n_types + 1) & (within == 0), -1, sorts)
    return possible


class SpanCrowd:
    """A *cell* is a move within something in one answer; what it tells is the same wherever in the text it is made."""

    def __init__(self, moves: Moves) -> None:
        self.moves = moves
        self.tags = number_of_tags(moves.n_types)
        self.sorts = sorts_of(moves.n_types)
        inside, step = moves.n_types + 1, moves.n_types + 2
        states, state = np.unique(moves.answers * inside + moves.within, return_inverse=True)
        cells, self.cell = np.unique(state * step + moves.moves, return_inverse=True)
        self.state, self.move = cells // step, cells % step
        self.state_answer, self.state_within = states // inside, states % inside
        rows, ones = np.arange(len(moves.tokens)), np.ones(len(moves.tokens))
        self.per_cell = csr_matrix((ones, (self.cell, rows)), shape=(len(cells), len(rows)))
        self.per_token = csr_matrix((ones, (moves.tokens, rows)), shape=(moves.n_tokens, len(rows)))

    def told(self, posterior: Floats) -> Floats:
        """[cell, tag]: log P(move | tag), as the worker's other texts have it."""
        counts = self.per_cell @ posterior[self.moves.tokens]
        crowd, shares = self._crowd(counts)
        ratio = self._ratios(counts, shares)
        within, answers = self.state_within, self.state_answer
        total = np.zeros((len(within), self.tags))
        for move in range(self.moves.n_types + 2):
            sort = self.sorts[within, move]
            total += np.where(sort >= 0, crowd[within, move] * ratio[answers[:, None], sort], 0.0)
        sort = self.sorts[within[self.state], self.move]
        chances = crowd[within[self.state], self.move] * ratio[answers[self.state][:, None], sort] / total[self.state]
        logs: Floats = np.log(np.maximum(chances, LEAST))
        return logs

    def _crowd(self, counts: Floats) -> tuple[Floats, Floats]:
        """[within, move, tag] of the crowd; [sort] of all moves and types, as a share of its state."""
        size = self.moves.n_types
        table = np.zeros((size + 1, size + 2, self.tags))
        np.add.at(table, (self.state_within[self.state], self.move), counts)
        is_possible = self.sorts >= 0
        shares = _of_states(np.bincount(self.sorts[is_possible], table[is_possible], SORTS) + _imagined())
        # A sort's share is divided among the moves that are of that sort.
        alike = np.zeros(self.sorts.shape)
        for within in range(size + 1):
            for tag in range(self.tags):
                column = self.sorts[within, :, tag]
                sizes = np.bincount(column[column >= 0], minlength=SORTS)
                alike[within, :, tag] = np.where(column >= 0, shares[column] / np.maximum(sizes[column], 1), 0.0)
        alike /= alike.sum(axis=1, keepdims=True)
        return (table + CROWD_STRENGTH * alike) / (table.sum(axis=1, keepdims=True) + CROWD_STRENGTH), shares

    def _ratios(self, counts: Floats, shares: Floats) -> Floats:
        """[answer, sort]: how much commoner moves of this sort are with its worker than with the crowd, by his other
        answers."""
        moves = self.moves
        answer = self.state_answer[self.state]
        sort = self.sorts[self.state_within[self.state], self.move]
        flat = (answer[:, None] * SORTS + sort).ravel()
        mine = np.bincount(flat, counts.ravel(), len(moves.workers) * SORTS).reshape(-1, SORTS)
        places = np.arange(len(moves.workers))
        of_worker = csr_matrix((np.ones(len(places)), (moves.workers, places)), shape=(moves.n_workers, len(places)))
        others = np.maximum((of_worker @ mine)[moves.workers] - mine, 0.0)
        his = _of_states(others + SORT_STRENGTH * shares)
        ratio: Floats = np.divide(his, shares, out=np.zeros_like(his), where=shares > 0)
        return ratio

    def scores(self, told: Floats) -> Floats:
        """[token, tag]: the sum of what all who saw the token tell."""
        summed: Floats = self.per_token @ told[self.cell]
        return summed


def _imagined() -> Floats:
    """Moves imagined beforehand: the right one is commoner, no other is impossible."""
    table = np.full((STATES, MOVES), IMAGINED)
    for kind in range(3):
        for relation in range(3):
            state = kind * 3 + relation
            if kind == 0:
                right = 0
                table[state, 2] = 0.0  # O has no type that could be begun rightly
            elif kind == 1:
                right = 2
            else:
                right = 1 if relation == 1 else 0
            table[state, right] += IMAGINED_RIGHT
            if relation == 0:
                table[state, 1] = 0.0  # nothing there to go on with
    return table.ravel()


def _of_states(counts: Floats) -> Floats:
    """Shares within each state; the last axis has all sorts."""
    table = counts.reshape(*counts.shape[:-1], STATES, MOVES)
    shares: Floats = (table / table.sum(axis=-1, keepdims=True)).reshape(counts.shape)
    return shares
