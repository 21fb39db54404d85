"""The shapes an answer can have for agreement, whatever tool it was given with.

A space knows which plain labels exist, and turns weighted plain labels into probabilities and into credit for the
voters. Kinds of labelling choose a space (`annotation/kinds/`); a new shape (numbers, spans) is a class here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any, Protocol

from annotation.agreement.votes import UNKNOWN

Plain = Any  # JSON: an int for OneOf, a sorted list of ints for AnyOf
LEAST = 1e-300
Credit = tuple[float, float]  # right answers, evidence: both in answers checked against gold


@dataclass(slots=True)
class Vote:
    """One annotator's plain label, the weight it had when it came, and the credit given for it so far."""

    annotator: str
    plain: Plain
    weight: float
    correct: float = 0.0
    evidence: float = 0.0

    def as_json(self) -> list[Any]:
        return [self.annotator, self.plain, self.weight, self.correct, self.evidence]


class Space(Protocol):
    @property
    def size(self) -> int:
        """How many plain labels or options there are."""
        ...

    @property
    def n_classes(self) -> int:
        """Over how many classes the errors of one vote are spread."""
        ...

    def posterior(self, votes: Sequence[Vote]) -> list[float]:
        """One probability per plain label of the space."""
        ...

    def shares(self, votes: Sequence[Vote]) -> list[float]:
        """The same under majority: the share of the votes."""
        ...

    def moved(self, probabilities: Sequence[float], offset: Sequence[float], temperature: float) -> list[float]:
        """The probabilities with an offset added to each of their logarithms (none: []), and cooled."""
        ...

    def offset(
        self, votes: Sequence[Vote], probabilities: Sequence[float], wanted: Sequence[Sequence[float]]
    ) -> list[float]:
        """The offset that moves these probabilities to the wanted: a distribution per question of `questions`."""
        ...

    def credit(self, votes: Sequence[Vote]) -> list[Credit]:
        """For each vote what the others say of it."""
        ...

    def credit_known(self, votes: Sequence[Vote], truth: Plain) -> list[Credit]:
        """The same when the right answer is known."""
        ...

    def agreeing_pairs(self, votes: Sequence[Vote], plain: Plain) -> tuple[float, float]:
        """How many earlier votes agree with this one, of how many compared."""
        ...

    def certain(self, plain: Plain) -> list[float]:
        """The posterior when the answer is known."""
        ...

    def questions(self, votes: Sequence[Vote], known: Plain) -> Iterable[tuple[int, list[int]]]:
        """The item's categorical questions for a batch fit: (gold class or UNKNOWN, one class per vote)."""
        ...


def _compare(mine: float, others_right: float, wrong_classes: int) -> Credit:
    """One vote against what the others say: `mine` is the chance they give its class, `others_right` the chance
    that they are right themselves (see `_compare` in one_coin.py)."""
    chance = (1 - others_right) / wrong_classes
    sure = others_right - chance
    return (mine - chance) * sure, sure * sure


@dataclass(frozen=True, slots=True)
class OneOf:
    """Exactly one of `size` classes, at least two."""

    size: int

    @property
    def n_classes(self) -> int:
        return self.size

    def posterior(self, votes: Sequence[Vote]) -> list[float]:
        masses, unnamed = self._masses(votes)
        total = sum(masses.values()) + unnamed * (self.size - len(masses))
        result = [unnamed / total] * self.size
        for label, mass in masses.items():
            result[label] = mass / total
        return result

    def _masses(self, votes: Sequence[Vote]) -> tuple[dict[int, float], float]:
        """Unnormalised: of each class somebody named, and of each class that nobody named."""
        scores: dict[int, float] = {}
        for vote in votes:
            scores[vote.plain] = scores.get(vote.plain, 0.0) + vote.weight
        top = max(scores.values(), default=0.0)
        if top < 0:
            top = 0.0
        return {label: exp(score - top) for label, score in scores.items()}, exp(-top)

    def shares(self, votes: Sequence[Vote]) -> list[float]:
        if not votes:
            return [1 / self.size] * self.size
        result = [0.0] * self.size
        for vote in votes:
            result[vote.plain] += 1 / len(votes)
        return result

    def moved(self, probabilities: Sequence[float], offset: Sequence[float], temperature: float) -> list[float]:
        scores = [log(max(chance, LEAST)) for chance in probabilities]
        if offset:
            scores = [score + more for score, more in zip(scores, offset, strict=True)]
        top = max(scores)
        masses = [exp((score - top) / temperature) for score in scores]
        total = sum(masses)
        return [mass / total for mass in masses]

    def offset(
        self, votes: Sequence[Vote], probabilities: Sequence[float], wanted: Sequence[Sequence[float]]
    ) -> list[float]:
        (chances,) = wanted
        return [_log_ratio(aim, chance) for aim, chance in zip(chances, probabilities, strict=True)]

    def credit(self, votes: Sequence[Vote]) -> list[Credit]:
        if len(votes) < 2:
            return [(0.0, 0.0)] * len(votes)
        masses, unnamed = self._masses(votes)
        untouched = self.size - len(masses)
        total = sum(masses.values()) + unnamed * untouched
        squares = sum(mass * mass for mass in masses.values()) + unnamed * unnamed * untouched
        credits = []
        for vote in votes:
            mass = masses[vote.plain]
            without = mass * exp(-vote.weight)
            rest = total - mass + without
            others_right = (squares - mass * mass + without * without) / (rest * rest)
            credits.append(_compare(without / rest, others_right, self.size - 1))
        return credits

    def credit_known(self, votes: Sequence[Vote], truth: Plain) -> list[Credit]:
        return [(float(vote.plain == truth), 1.0) for vote in votes]

    def agreeing_pairs(self, votes: Sequence[Vote], plain: Plain) -> tuple[float, float]:
        return float(sum(vote.plain == plain for vote in votes)), float(len(votes))

    def certain(self, plain: Plain) -> list[float]:
        return [float(label == plain) for label in range(self.size)]

    def questions(self, votes: Sequence[Vote], known: Plain) -> Iterable[tuple[int, list[int]]]:
        yield UNKNOWN if known is None else known, [vote.plain for vote in votes]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Any subset of `size` options; each option is a yes-or-no question of its own.

    Only options that somebody chose teach anything about the annotators: the many that all left out would make
    everybody look nearly perfect.
    """

    size: int

    @property
    def n_classes(self) -> int:
        return 2

    def posterior(self, votes: Sequence[Vote]) -> list[float]:
        total, chosen = self._weights(votes)
        untouched = _logistic(-total)
        result = [untouched] * self.size
        for option, weight in chosen.items():
            result[option] = _logistic(2 * weight - total)
        return result

    def _weights(self, votes: Sequence[Vote]) -> tuple[float, dict[int, float]]:
        chosen: dict[int, float] = {}
        for vote in votes:
            for option in vote.plain:
                chosen[option] = chosen.get(option, 0.0) + vote.weight
        return sum(vote.weight for vote in votes), chosen

    def shares(self, votes: Sequence[Vote]) -> list[float]:
        if not votes:
            return [0.5] * self.size
        result = [0.0] * self.size
        for vote in votes:
            for option in vote.plain:
                result[option] += 1 / len(votes)
        return result

    def moved(self, probabilities: Sequence[float], offset: Sequence[float], temperature: float) -> list[float]:
        scores = [_log_ratio(chance, 1 - chance) for chance in probabilities]
        if offset:
            scores = [score + more for score, more in zip(scores, offset, strict=True)]
        return [_logistic(score / temperature) for score in scores]

    def offset(
        self, votes: Sequence[Vote], probabilities: Sequence[float], wanted: Sequence[Sequence[float]]
    ) -> list[float]:
        moves = [0.0] * self.size
        contested = sorted({option for vote in votes for option in vote.plain})
        for option, (absent, present) in zip(contested, wanted, strict=True):
            chance = probabilities[option]
            moves[option] = _log_ratio(present, absent) - _log_ratio(chance, 1 - chance)
        return moves

    def credit(self, votes: Sequence[Vote]) -> list[Credit]:
        if len(votes) < 2:
            return [(0.0, 0.0)] * len(votes)
        total, chosen = self._weights(votes)
        credits = []
        for vote in votes:
            picked = set(vote.plain)
            correct = evidence = 0.0
            for option, weight in chosen.items():
                margin = 2 * weight - total
                mine = _logistic((margin if option in picked else -margin) - vote.weight)
                right, worth = _compare(mine, mine * mine + (1 - mine) * (1 - mine), 1)
                correct, evidence = correct + right, evidence + worth
            credits.append((correct, evidence))
        return credits

    def credit_known(self, votes: Sequence[Vote], truth: Plain) -> list[Credit]:
        right = set(truth)
        contested = right.union(*(vote.plain for vote in votes))
        asked = float(len(contested))
        return [(asked - len(right.symmetric_difference(vote.plain)), asked) for vote in votes]

    def agreeing_pairs(self, votes: Sequence[Vote], plain: Plain) -> tuple[float, float]:
        mine = set(plain)
        contested = mine.union(*(vote.plain for vote in votes))
        agreeing = sum(len(contested) - len(mine.symmetric_difference(vote.plain)) for vote in votes)
        return float(agreeing), float(len(contested) * len(votes))

    def certain(self, plain: Plain) -> list[float]:
        right = set(plain)
        return [float(option in right) for option in range(self.size)]

    def questions(self, votes: Sequence[Vote], known: Plain) -> Iterable[tuple[int, list[int]]]:
        for option in sorted(set(known or ()).union(*(vote.plain for vote in votes))):
            truth = UNKNOWN if known is None else int(option in known)
            yield truth, [int(option in vote.plain) for vote in votes]


def _log_ratio(one: float, other: float) -> float:
    return log(max(one, LEAST)) - log(max(other, LEAST))


def _logistic(value: float) -> float:
    if value >= 0:
        return 1 / (1 + exp(-value))
    grown = exp(value)
    return grown / (1 + grown)
