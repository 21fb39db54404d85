"""Where transcripts of one recording differ from a draft of it, and what they have there instead.

A *stretch* is a part of the draft that some transcript reads otherwise; readings that overlap share a stretch. Inside
it every transcript votes with all it has there, so words that were split, joined or taken for one another stay
together. Between stretches everybody agrees with the draft, or differs for too long to be a reading of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.agreement.alignment import DELETED, Sequence32
from annotation.agreement.votes import Ints

Phrase = tuple[int, ...]
# Positions of the draft, [first, last), and what a transcript has there instead.
Proposal = tuple[int, int, Phrase]
# A transcript that goes its own way for longer is not reading this place: it proposes nothing there, but still votes.
LONGEST_READING = 6
# Who has nothing at all for so many words stopped listening there, and has no vote on them.
ABSENCE = 3
# A stretch grows no longer than this, and has no more readings of either sort: what is left waits for the next draft.
LONGEST_STRETCH = 40
MOST_READINGS = 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """`first` and `last` are positions of the draft, [first, last). `readings` are the candidates, the draft's own
    first; `said` is what each of `voters` has there."""

    task: int
    first: int
    last: int
    readings: Sequence[Phrase]
    voters: Sequence[int]
    said: Sequence[Phrase]
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class _Opposite:
    """One transcript beside the draft. `begins[p]` and `ends[p]` cut its words before and after draft position p."""

    row: int
    words: Phrase
    begins: Ints
    ends: Ints
    runs: Sequence[Proposal]

    def between(self, first: int, last: int) -> Phrase:
        return self.words[self.begins[first] : self.ends[last]]

    def is_absent(self, first: int, last: int) -> bool:
        return any(
            begin <= first and last <= end and not phrase and end - begin >= ABSENCE for begin, end, phrase in self.runs
        )


def stretches(
    task: int, draft: Sequence32, rows: Ints, words: Sequence[Sequence32], opposite: Mapping[int, Ints]
) -> list[Stretch]:
    """`opposite` are the alignments of the words of `rows` with the draft."""
    sides = [_beside(int(row), words[row], opposite[row], draft) for row in rows.tolist()]
    proposals = Counter(run for side in sides for run in side.runs if _is_reading(*run))
    return [_stretch(task, draft, sides, _commonest(proposals, group)) for group in _overlapping(sorted(proposals))]


def _commonest(counted: Counter[Proposal], among: Iterable[Proposal]) -> list[Proposal]:
    return sorted(among, key=lambda each: (-counted[each], each))[:MOST_READINGS]


def _is_reading(first: int, last: int, phrase: Phrase) -> bool:
    return (
        last - first <= LONGEST_READING and len(phrase) <= LONGEST_READING and (bool(phrase) or last - first < ABSENCE)
    )


def _beside(row: int, words: Sequence32, opposite: Ints, draft: Sequence32) -> _Opposite:
    places = np.flatnonzero(opposite != DELETED)
    aligned = opposite[places]
    begins = np.zeros(len(draft) + 1, dtype=np.int64)
    begins[aligned + 1] = places + 1
    np.maximum.accumulate(begins, out=begins)
    ends = np.full(len(draft) + 1, len(words), dtype=np.int64)
    ends[aligned] = places
    ends = np.minimum.accumulate(ends[::-1])[::-1]
    is_equal = words[places] == draft[aligned]
    here = np.concatenate([[-1], aligned[is_equal], [len(draft)]])
    mine = np.concatenate([[-1], places[is_equal], [len(words)]])
    said: Phrase = tuple(words.tolist())
    differs = np.flatnonzero((np.diff(here) > 1) | (np.diff(mine) > 1)).tolist()
    runs = [(int(here[gap]) + 1, int(here[gap + 1]), said[int(mine[gap]) + 1 : int(mine[gap + 1])]) for gap in differs]
    return _Opposite(row, said, begins, ends, runs)


def _overlapping(proposals: Sequence[Proposal]) -> list[list[Proposal]]:
    """Proposals that share a word of the draft, or the gap between two."""
    groups: list[list[Proposal]] = []
    end = -1
    for proposal in proposals:
        if groups and proposal[0] <= end:
            if proposal[1] - groups[-1][0][0] > LONGEST_STRETCH:
                continue
            groups[-1].append(proposal)
        else:
            groups.append([proposal])
            end = -1
        end = max(end, proposal[1])
    return groups


def _stretch(task: int, draft: Sequence32, sides: Sequence[_Opposite], proposals: Sequence[Proposal]) -> Stretch:
    first, last = min(proposal[0] for proposal in proposals), max(proposal[1] for proposal in proposals)
    words: Phrase = tuple(draft[first:last].tolist())
    voters = [side for side in sides if not side.is_absent(first, last)]
    said = [side.between(first, last) for side in voters]
    counted = Counter(phrase for phrase in said if len(phrase) <= last - first + LONGEST_READING)
    own = set(sorted(counted, key=lambda phrase: (-counted[phrase], phrase))[:MOST_READINGS])
    changed = {words[: begin - first] + phrase + words[end - first :] for begin, end, phrase in proposals}
    return Stretch(
        task,
        first,
        last,
        [words, *sorted((own | changed) - {words})],
        [side.row for side in voters],
        said,
        int(draft[first - 1]) if first else -1,
        int(draft[last]) if last < len(draft) else -1,
    )


def rewritten(draft: Sequence32, chosen: Sequence[tuple[Stretch, Phrase]]) -> Sequence32:
    """The draft with a reading put into each of these stretches, which are in rising order."""
    parts, end = [], 0
    for stretch, phrase in chosen:
        parts += [draft[end : stretch.first], np.array(phrase, dtype=np.int32)]
        end = stretch.last
    return np.concatenate([*parts, draft[end:]]).astype(np.int32)
