"""What goes into a consensus method and what comes out of it. Plain numpy arrays, no names of people or items."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Votes:
    """Row v says: `annotators[v]` gave `labels[v]` to `items[v]`.

    `known[i]` is the gold label of item i, or UNKNOWN: known items teach how far each annotator can be trusted,
    and keep their label whatever the crowd says.
    """

    items: Ints
    annotators: Ints
    labels: Ints
    n_items: int
    n_annotators: int
    n_classes: int
    known: Ints | None = None

    def __post_init__(self) -> None:
        for name in ("items", "annotators", "labels"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.int64))
        if self.known is not None:
            object.__setattr__(self, "known", np.asarray(self.known, dtype=np.int64))
        self._refuse_nonsense()

    def _refuse_nonsense(self) -> None:
        if not len(self.items) == len(self.annotators) == len(self.labels):
            raise ValueError("items, annotators and labels must be equally long")
        if self.n_classes < 2:
            raise ValueError("a question needs at least two possible labels")
        for name, limit in (
            ("items", self.n_items),
            ("annotators", self.n_annotators),
            ("labels", self.n_classes),
        ):
            values = getattr(self, name)
            if len(values) and (values.min() < 0 or values.max() >= limit):
                raise ValueError(f"{name} must lie between 0 and {limit - 1}")
        if self.known is None:
            return
        if self.known.shape != (self.n_items,):
            raise ValueError("known must hold one label, or UNKNOWN, for each item")
        if self.n_items and (self.known.min() < UNKNOWN or self.known.max() >= self.n_classes):
            raise ValueError(f"known must lie between {UNKNOWN} and {self.n_classes - 1}")

    def __len__(self) -> int:
        return len(self.items)

    @property
    def cells(self) -> Ints:
        """The position of each vote in a flattened items × classes table."""
        return self.items * self.n_classes + self.labels

    def table(self) -> Floats:
        """How many votes each class got on each item."""
        counts = np.bincount(self.cells, minlength=self.n_items * self.n_classes)
        return counts.reshape(self.n_items, self.n_classes).astype(np.float64)

    def votes_per_item(self) -> Ints:
        return np.bincount(self.items, minlength=self.n_items)


@dataclass(frozen=True, slots=True)
class Fit:
    """What a method believes: one distribution per item, one accuracy with a 95 % interval per annotator.

    Behind each accuracy stand `correct` right answers among `evidence`, both counted in answers checked against gold:
    an answer that sure others could check is worth nearly one, an answer that nobody could check is worth nothing.
    """

    method: str
    posterior: Floats
    reliability: Floats
    reliability_low: Floats
    reliability_high: Floats
    correct: Floats
    evidence: Floats
    crowd_accuracy: float
    iterations: int

    @property
    def labels(self) -> Ints:
        """The likeliest class of each item; a tie goes to the class listed first, and its confidence shows the tie."""
        best = self.posterior.max(axis=1, keepdims=True, initial=0.0)
        labels: Ints = np.argmax(self.posterior >= best - 1e-9, axis=1)
        return labels

    @property
    def confidence(self) -> Floats:
        highest: Floats = self.posterior.max(axis=1, initial=0.0)
        return highest


def sum_per(index: Ints, values: Floats, size: int) -> Floats:
    """The sum of the values that share an index, for each index below `size`."""
    return np.bincount(index, values, size).astype(np.float64)


def fix_known(posterior: Floats, known: Ints | None) -> Floats:
    """The posterior with gold items set to their gold label."""
    if known is None:
        return posterior
    fixed = posterior.copy()
    gold = np.flatnonzero(known != UNKNOWN)
    fixed[gold] = 0.0
    fixed[gold, known[gold]] = 1.0
    return fixed
