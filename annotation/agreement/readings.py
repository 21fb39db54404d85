"""Which reading of a stretch is right: a noisy channel from the truth to what each transcript has there.

A transcript that has something else speaks against a reading, with what a vote of it tells (the more the rarer its
errors are, and the rarer two errors are alike) and with every letter that it is away:

    log P(said | reading) = − [said ≠ reading] w − (w / W) u letters        w = ln((1 − e) / (e k)), W of a usual vote

How often errors are alike (k) and how far they go (u) is learned from the set itself, and so is what its language
tells (`Language`). docs/algorithms/sequences.md has more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np

from annotation.agreement.alignment import Sequence32, distances
from annotation.agreement.lattice import Phrase, Stretch
from annotation.agreement.votes import Floats, Ints

Key = TypeVar("Key")
DIGITS = 9
# What a usual vote tells, in nats.
USUAL_VOTE = 4.0
# People err together: what the votes tell counts as if every second one were another's echo.
TOGETHER = 2.0
# Every word stands in two pairs of words, so what the language tells of it has been counted twice.
LANGUAGE = 0.5
# Imagined pairs of errors, of which this share is alike; imagined errors of so many letters.
ALIKE, ALIKE_PAIRS = 0.2, 20.0
LETTERS, LETTER_ERRORS = 4.0, 20.0
# Imagined words of each sort, as often right as all of them.
SORT_WORDS = 20.0
MOST_SORTS = 40


@dataclass(frozen=True, slots=True)
class Channel:
    alike: float = ALIKE
    per_letter: float = 1 / LETTERS


@dataclass(frozen=True, slots=True)
class Weighed:
    """Readings × distinct phrases: words and letters apart. Then who said which phrase."""

    stretch: Stretch
    phrases: Sequence[Phrase]
    words_apart: Floats
    letters_apart: Floats
    spoken: Ints  # per voter: which phrase

    def scores(self, weights: Floats, channel: Channel) -> Floats:
        """Log-likelihood of every reading: `weights` are what a vote of each answer tells, in nats."""
        mine = weights[list(self.stretch.voters)]
        differs = self.words_apart[:, self.spoken] > 0
        letters = channel.per_letter * self.letters_apart[:, self.spoken]
        far = mine * (differs + letters / USUAL_VOTE)
        likely: Floats = -far.sum(axis=1)
        return likely

    def expected_errors(self, chances: Floats) -> Floats:
        """Of every reading, in words."""
        expected: Floats = self.words_between @ chances
        return expected

    @property
    def words_between(self) -> Floats:
        return self.words_apart[:, : len(self.stretch.readings)]


def weigh(stretches: Sequence[Stretch], letters: Callable[[Phrase], Sequence32]) -> list[Weighed]:
    """The distances that all scores are made of, each once. A stretch's phrases begin with its readings."""
    phrases = [list(dict.fromkeys([*stretch.readings, *stretch.said])) for stretch in stretches]
    left: list[Phrase] = []
    right: list[Phrase] = []
    for stretch, said in zip(stretches, phrases, strict=True):
        for reading in stretch.readings:
            left += [reading] * len(said)
            right += said
    by_words = _distances_once(left, right, lambda phrase: np.array(phrase, dtype=np.int32))
    by_letters = _distances_once(left, right, letters)
    weighed, begin = [], 0
    for stretch, said in zip(stretches, phrases, strict=True):
        shape = (len(stretch.readings), len(said))
        part = slice(begin, begin + shape[0] * shape[1])
        begin = part.stop
        place = {phrase: number for number, phrase in enumerate(said)}
        weighed.append(
            Weighed(
                stretch,
                said,
                by_words[part].reshape(shape),
                by_letters[part].reshape(shape),
                np.array([place[phrase] for phrase in stretch.said], dtype=np.int64),
            )
        )
    return weighed


def _distances_once(left: Sequence[Phrase], right: Sequence[Phrase], spell: Callable[[Phrase], Sequence32]) -> Floats:
    number: dict[tuple[Phrase, Phrase], int] = {}
    keys = [(one, other) if one <= other else (other, one) for one, other in zip(left, right, strict=True)]
    places = [number.setdefault(key, len(number)) for key in keys]
    apart = distances([spell(one) for one, _ in number], [spell(other) for _, other in number])
    return apart[places].astype(np.float64) if len(places) else np.zeros(0)


def learn_channel(weighed: Sequence[Weighed], chances: Sequence[Floats]) -> Channel:
    """From what is believed of every stretch: how alike two wrong phrases are, and how far from the right one."""
    alike = pairs = far = wrong = 0.0
    for stretch, chance in zip(weighed, chances, strict=True):
        counts = np.bincount(stretch.spoken, minlength=len(stretch.phrases)).astype(np.float64)
        is_wrong = stretch.words_apart > 0
        erring = is_wrong @ counts
        pairs += float(chance @ (erring * (erring - 1)))
        alike += float(chance @ (is_wrong @ (counts * (counts - 1))))
        far += float(chance @ (stretch.letters_apart @ counts))
        wrong += float(chance @ erring)
    letters = (far + LETTERS * LETTER_ERRORS) / (wrong + LETTER_ERRORS)
    return Channel((alike + ALIKE * ALIKE_PAIRS) / (pairs + ALIKE_PAIRS), 1 / max(letters, 1.0))


def chances(scores: Floats) -> Floats:
    rounded = np.round((scores - scores.max()) / TOGETHER, DIGITS)
    powers = np.exp(rounded)
    shares: Floats = powers / powers.sum()
    return shares


class Language:
    """Which words, and which two words in a row, other recordings of the set have too.

    Names recur and misspellings do not. How much that tells is learned from the stretches, by the sorts of words
    (`_sort`), as log-odds of being right compared with all words: a set whose language tells nothing gets noughts.
    """

    def __init__(self, tasks: Ints, words: Sequence[Sequence32]) -> None:
        self.words = _spread(tasks, [set(each.tolist()) for each in words])
        self.pairs = _spread(tasks, [set(pairwise(each.tolist())) for each in words])
        self.odds: Floats = np.zeros(MOST_SORTS)

    def sorts(self, stretch: Stretch, reading: Phrase) -> list[int]:
        line = (stretch.before, *reading, stretch.after)
        return [self._sort(*two) for two in pairwise(line)]

    def _sort(self, first: int, second: int) -> int:
        """By how many other recordings have the two words in this order, or else the second word alone."""
        together = self.pairs.get((first, second), 1) - 1
        if together > 0:
            return min(MOST_SORTS - 1, 20 + int(together).bit_length())
        return min(19, int(self.words.get(second, 1) - 1).bit_length())

    def score(self, stretch: Stretch) -> Floats:
        odds = [self.odds[self.sorts(stretch, reading)].sum() for reading in stretch.readings]
        return LANGUAGE * np.array(odds)

    def learn(self, weighed: Sequence[Weighed], believed: Sequence[Floats]) -> None:
        right, met = np.zeros(MOST_SORTS), np.zeros(MOST_SORTS)
        for each, chance in zip(weighed, believed, strict=True):
            for reading, share in zip(each.stretch.readings, chance.tolist(), strict=True):
                for sort in self.sorts(each.stretch, reading):
                    right[sort] += share
                    met[sort] += 1
        usual = (right.sum() + 1) / (met.sum() + 2)
        right, wrong = right + SORT_WORDS * usual, met - right + SORT_WORDS * (1 - usual)
        self.odds = np.log(right / wrong) - np.log(usual / (1 - usual))


def _spread(tasks: Ints, found: Sequence[set[Key]]) -> dict[Key, int]:
    """In how many tasks each thing was found."""
    spread: dict[Key, set[int]] = {}
    for task, things in zip(tasks.tolist(), found, strict=True):
        for thing in things:
            spread.setdefault(thing, set()).add(task)
    return {thing: len(where) for thing, where in spread.items()}
