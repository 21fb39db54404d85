"""Choices as plain labels for agreement, and back.

One choice is one of so many classes; a field that may be left blank has one class more, so that "nothing fits" can
win. Several choices are a yes-or-no question per option, not one label per set: two people who agree on three
options of four have agreed on most, and sets that nobody chose as a whole can be the right answer.
"""

from collections.abc import Sequence
from typing import Any

from annotation.agreement.resolve import Decision
from annotation.agreement.spaces import AnyOf, OneOf, Plain, Space
from annotation.kinds.choices.config import ChoicesConfig

SHOWN_OPTIONS = 5
TIE = 1e-9


def space_of(config: ChoicesConfig, *, required: bool) -> Space:
    if config.multiple:
        return AnyOf(len(config.options))
    return OneOf(len(config.options) + (not required))


def to_plain(config: ChoicesConfig, value: Any) -> Plain:
    if config.multiple:
        return sorted(config.index[one] for one in value or ())
    return len(config.options) if value is None else config.index[value]


def decide(config: ChoicesConfig, probabilities: Sequence[float], *, required: bool) -> Decision:
    if config.multiple:
        return _decide_set(config, probabilities, required=required)
    best = max(probabilities)
    chosen = next(number for number, chance in enumerate(probabilities) if chance >= best - TIE)
    is_blank = chosen == len(config.options)
    return Decision(
        None if is_blank else config.options[chosen].value, probabilities[chosen], _likeliest(config, probabilities)
    )


def _decide_set(config: ChoicesConfig, probabilities: Sequence[float], *, required: bool) -> Decision:
    """Every option that is likelier in than out, within the limits that an annotator had, likeliest first.

    The set is as sure as its least sure option, in or out.
    """
    order = sorted(range(len(probabilities)), key=lambda number: (-probabilities[number], number))
    wanted = sum(chance > 0.5 + TIE for chance in probabilities)
    if wanted or required:
        wanted = min(max(wanted, config.least, 1), config.most)
    chosen = sorted(order[:wanted])
    inside = set(chosen)
    confidence = min(chance if number in inside else 1 - chance for number, chance in enumerate(probabilities))
    value = [config.options[number].value for number in chosen]
    return Decision(value or None, confidence, _likeliest(config, probabilities))


def _likeliest(config: ChoicesConfig, probabilities: Sequence[float]) -> dict[str, float]:
    """The first few for showing; "" is the blank."""
    order = sorted(range(len(probabilities)), key=lambda number: (-probabilities[number], number))
    names = [option.value for option in config.options] + [""]
    return {names[number]: probabilities[number] for number in order[:SHOWN_OPTIONS]}


def distance(config: ChoicesConfig, one: Any, other: Any) -> float:
    """Several choices: Jaccard's distance; two blanks are the same answer."""
    if not config.multiple:
        return float(one != other)
    mine, theirs = set(one or ()), set(other or ())
    together = mine | theirs
    return 1 - len(mine & theirs) / len(together) if together else 0.0
