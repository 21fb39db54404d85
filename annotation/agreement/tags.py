"""Spans of tokens as one tag per token, and back: O outside, B where a span begins, I inside.

Tag 0 is O; type k has the tags 1 + 2k (B) and 2 + 2k (I). A chain of tags can say whatever spans can say that do not
overlap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from annotation.agreement.votes import Floats, Ints

OUTSIDE = 0
Number = TypeVar("Number", int, Ints)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Tokens [first, last) of a type."""

    first: int
    last: int
    type: int


def begin_of(type_: Number) -> Number:
    return 1 + 2 * type_


def inside_of(type_: Number) -> Number:
    return 2 + 2 * type_


def number_of_tags(n_types: int) -> int:
    return 1 + 2 * n_types


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Of spans that overlap the longest stays, of equally long ones the one that begins first, or is named first."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.first - each.last, each.first)):
        if all(span.last <= other.first or other.last <= span.first for other in kept):
            kept.append(span)
    return sorted(kept)


def tags_of(spans: Sequence[Span], length: int) -> Ints:
    tags = np.zeros(length, dtype=np.int64)
    for span in spans:
        tags[span.first : span.last] = inside_of(span.type)
        tags[span.first] = begin_of(span.type)
    return tags


def types_of_tags(n_types: int) -> Ints:
    """Per tag its type; −1 for O."""
    return np.concatenate([[-1], np.repeat(np.arange(n_types), 2)])


def kinds_of_tags(n_types: int) -> Ints:
    """Per tag 0 for O, 1 for B, 2 for I."""
    return np.concatenate([[0], np.tile([1, 2], n_types)])


def may_follow(n_types: int) -> Floats:
    """[tag, next tag]: 1 where a span's inside follows its own beginning or inside, or the next tag is O or a B."""
    types, kinds = types_of_tags(n_types), kinds_of_tags(n_types)
    allowed: Floats = ((kinds[None, :] != 2) | (types[:, None] == types[None, :])).astype(np.float64)
    return allowed
