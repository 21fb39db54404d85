"""What a kind of set must be able to do, and the plain values that go in and out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class SetRefused(Exception):
    """Why a folder cannot be resolved or replayed; the message is for the person at the command line."""

    @classmethod
    def answer(cls, position: int, why: str) -> "SetRefused":
        """`position` counts the answers from 0; row 1 of the file is its header."""
        return cls(f"labels.csv, row {position + 2}: {why}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A row of labels.csv. `label` is as written; columns that only some kinds have are in `more`."""

    task: str
    worker: str
    label: str
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class How:
    """`probes` are tasks whose answer is known, as a project's hidden gold items are: {task: label}."""

    method: str = "auto"
    seed: int = 0
    probes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Buying:
    """Adaptive collection: buy until a task is as sure as `target`, never fewer than `minimum` labels of it, never
    more than `maximum` (None: all that are recorded)."""

    target: float = 0.95
    minimum: int = 2
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    task: str
    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Judged:
    """`reliability` lies between 0 and 1 whatever the kind; `flags` are words that ask a person to look.

    `more` are further figures that the kind knows of people, the same ones of everybody: columns of their own.
    """

    worker: str
    reliability: float
    answers: int
    flags: Sequence[str] = ()
    more: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolved:
    decided: Sequence[Decided]
    judged: Sequence[Judged]
    # The answers that were bought, in the order of buying: all of them when nothing was replayed.
    bought: Sequence[Answer] | None = None
    # What the tasks were about, where that is not the tasks themselves: things compared, with their scores as labels.
    ranked: Sequence[Decided] = ()
    # How far the workers agree, by the name of the coefficient: a number, or [estimate, low, high].
    agreement: Mapping[str, float | Sequence[float]] = field(default_factory=dict)


class SetKind(Protocol):
    @property
    def methods(self) -> Sequence[str]:
        """What `--method` may be; "auto" is always among them."""
        ...

    def resolve(self, answers: Sequence[Answer], how: How) -> Resolved: ...

    def replay(self, answers: Sequence[Answer], how: How, buying: Buying) -> Resolved:
        """Refuses with `SetRefused` where a kind cannot be collected adaptively."""
        ...


class GradedKind(SetKind, Protocol):
    """A kind whose confidence is an expected score: an answer can be partly right."""

    def alike(self, label: str, known: str) -> float:
        """The score of a decided label against the known one, from 0 to 1."""
        ...
