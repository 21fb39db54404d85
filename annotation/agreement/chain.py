"""A hidden chain of tags under every text: forward and backward sums for many texts at once.

Texts are padded to one length; everything is kept in probabilities that are scaled at each step, so long texts do no
harm.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.agreement.tags import Number, begin_of, inside_of
from annotation.agreement.votes import Floats, Ints

MAX_CELLS = 4_000_000
# Spans less likely than this are nobody's candidates.
LEAST = 0.01


@dataclass(frozen=True, slots=True)
class Prior:
    """How texts are tagged: the first tag, and [tag, next tag]."""

    first: Floats
    then: Floats


@dataclass(frozen=True, slots=True)
class Swept:
    """[text, position, tag]: `filtered` knows what came before, `rest` what comes after; times one another they are
    the posterior. `told` is what each position tells, divided by the scale of its step."""

    filtered: Floats
    rest: Floats
    told: Floats
    lengths: Ints
    prior: Prior

    @property
    def posterior(self) -> Floats:
        product: Floats = self.filtered * self.rest
        return product

    def transitions(self) -> Floats:
        """[tag, next tag]: how often each pair is expected."""
        after = self.told[:, 1:] * self.rest[:, 1:]
        is_real = np.arange(1, self.told.shape[1]) < self.lengths[:, None]
        before = self.filtered[:, :-1] * is_real[:, :, None]
        summed: Floats = np.einsum("npa,npb->ab", before, after, optimize=True) * self.prior.then
        return summed


@dataclass(frozen=True, slots=True)
class Chances:
    """Spans with the probability that just they are right: `texts[s]`, tokens [`firsts[s]`, `lasts[s]`), `types[s]`."""

    texts: Ints
    firsts: Ints
    lasts: Ints
    types: Ints
    chances: Floats

    @classmethod
    def of(cls, columns: Sequence[NDArray[Any]]) -> "Chances":
        texts, firsts, lasts, types = (column.astype(np.int64) for column in columns[:4])
        return cls(texts, firsts, lasts, types, columns[4].astype(np.float64))


def batches(lengths: Ints, n_tags: int) -> Iterator[Ints]:
    """Texts of about equal length together."""
    order = np.argsort(lengths, kind="stable")
    first = 0
    while first < len(order):
        count = len(order) - first
        while count > 1 and count * int(lengths[order[first + count - 1]]) * n_tags > MAX_CELLS:
            count = (count + 1) // 2
        yield order[first : first + count]
        first += count


def sweep(likelihoods: Floats, lengths: Ints, prior: Prior) -> Swept:
    """`likelihoods` are [text, position, tag] up to a factor per position; past a text's end they are not read."""
    texts, longest = likelihoods.shape[:2]
    told = np.where((np.arange(longest) < lengths[:, None])[:, :, None], likelihoods, 1.0)
    filtered, rest = np.ones_like(told), np.ones_like(told)
    before = np.tile(prior.first, (texts, 1))
    for position in range(longest):
        here = before * told[:, position]
        scale = here.sum(axis=1, keepdims=True)
        filtered[:, position] = here / scale
        told[:, position] /= scale
        before = filtered[:, position] @ prior.then
    for position in range(longest - 2, -1, -1):
        ahead = (told[:, position + 1] * rest[:, position + 1]) @ prior.then.T
        is_inside = (position + 1 < lengths)[:, None]
        rest[:, position] = np.where(is_inside, ahead, 1.0)
    return Swept(filtered, rest, told, lengths, prior)


def likely_spans(swept: Swept, least: float = LEAST) -> Chances:
    """Every span whose probability is at least that."""
    n_types = (swept.told.shape[2] - 1) // 2
    found = []
    real = np.arange(swept.told.shape[1]) < swept.lengths[:, None]
    for type_ in range(n_types):
        begun = swept.posterior[:, :, begin_of(type_)] * real
        texts, firsts = np.nonzero(begun >= least)
        at, tag = firsts.copy(), begin_of(type_)
        mass = swept.filtered[texts, firsts, tag]
        while len(texts):
            chances = mass * _ends(swept, texts, at, tag, type_)
            likely = chances >= least
            found.append((texts[likely], firsts[likely], at[likely] + 1, np.full(likely.sum(), type_), chances[likely]))
            goes_on = (at + 1 < swept.lengths[texts]) & (mass * swept.rest[texts, at, tag] >= least)
            texts, firsts, at = texts[goes_on], firsts[goes_on], at[goes_on] + 1
            mass = mass[goes_on] * swept.prior.then[tag, inside_of(type_)] * swept.told[texts, at, inside_of(type_)]
            tag = inside_of(type_)
    columns = [np.concatenate(column) for column in zip(*found, strict=True)] if found else [np.zeros(0)] * 5
    return Chances.of(columns)


def chances_of(swept: Swept, texts: Ints, firsts: Ints, lasts: Ints, types: Ints) -> Floats:
    """The probability of each of these spans."""
    begins, insides = begin_of(types), inside_of(types)
    mass = swept.filtered[texts, firsts, begins]
    tag = begins
    result = np.zeros(len(texts))
    for grown in range(int((lasts - firsts).max(initial=0))):
        at = firsts + grown
        ended = lasts == at + 1
        result[ended] = (mass * _ends(swept, texts, np.minimum(at, swept.told.shape[1] - 1), tag, types))[ended]
        following = np.minimum(at + 1, swept.told.shape[1] - 1)
        mass = mass * swept.prior.then[tag, insides] * swept.told[texts, following, insides]
        tag = insides
    return result


def _ends(swept: Swept, texts: Ints, at: Ints, tag: Number, types: Number) -> Floats:
    """The probability of what follows, if the span is not to go on after position `at`, where the tag is `tag`."""
    following = np.minimum(at + 1, swept.told.shape[1] - 1)
    inside = inside_of(types)
    going_on = (
        swept.prior.then[tag, inside] * swept.told[texts, following, inside] * swept.rest[texts, following, inside]
    )
    is_last = at + 1 >= swept.lengths[texts]
    ends: Floats = np.where(is_last, 1.0, np.maximum(swept.rest[texts, at, tag] - going_on, 0.0))
    return ends
