"""What annotators answer, against what was decided: per class of a question, or per option where several may be
chosen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotation.agreement.spaces import AnyOf
from annotation.kinds.contract import Field
from annotation.kinds.schema import Schema

Values = Mapping[str, Any]


@dataclass(frozen=True)
class FieldConfusion:
    """`counts[question][decided][answered]`: one question with all classes, or no and yes for each option."""

    name: str
    per_option: bool
    counts: list[list[list[int]]]

    @property
    def answers(self) -> int:
        return max((sum(map(sum, question)) for question in self.counts), default=0)

    @property
    def agreeing(self) -> int:
        return sum(row[place] for question in self.counts for place, row in enumerate(question))

    @property
    def compared(self) -> int:
        return sum(sum(map(sum, question)) for question in self.counts)


@dataclass(frozen=True)
class Mixup:
    """So many of those decided as one class (`option` was in, or was not) were answered as another."""

    name: str
    decided: int
    answered: int
    count: int
    of: int
    option: int | None = None


def confusion_of(schema: Schema, pairs: Iterable[tuple[Values, Values]]) -> list[FieldConfusion]:
    """`pairs` are (decided, answered); a question that either of them hides is left out."""
    found = {field.name: _empty(field) for field in schema.fields}
    for decided, answered in pairs:
        for field in schema.fields:
            if field.is_shown(decided) and field.is_shown(answered):
                _count(field, found[field.name].counts, decided.get(field.name), answered.get(field.name))
    return list(found.values())


def mixups_of(confusion: FieldConfusion, *, least: int = 3) -> list[Mixup]:
    """What is taken for what, the most frequent first; seldom is chance and is left out."""
    found = [
        Mixup(confusion.name, decided, answered, count, sum(row), number if confusion.per_option else None)
        for number, question in enumerate(confusion.counts)
        for decided, row in enumerate(question)
        for answered, count in enumerate(row)
        if answered != decided and count >= least
    ]
    return sorted(found, key=lambda mixup: (-mixup.count, mixup.option or 0, mixup.decided, mixup.answered))


def class_values(field: Field) -> list[str]:
    """The field's classes or options in the order of their numbers; empty for leaving it blank."""
    plains = ([number] if isinstance(field.space, AnyOf) else number for number in range(field.space.size))
    return [next(iter(field.decide(field.space.certain(plain)).options)) for plain in plains]


def class_names(field: Field, locale: str) -> list[str]:
    """Their titles."""
    return [", ".join(field.kind.words(field, value, locale)) if value else "" for value in class_values(field)]


def _empty(field: Field) -> FieldConfusion:
    space = field.space
    per_option = isinstance(space, AnyOf)
    questions, classes = (space.size, 2) if per_option else (1, space.size)
    return FieldConfusion(field.name, per_option, [[[0] * classes for _ in range(classes)] for _ in range(questions)])


def _count(field: Field, counts: list[list[list[int]]], decided: Any, answered: Any) -> None:
    truth, label = field.plain(decided), field.plain(answered)
    if isinstance(field.space, AnyOf):
        for number in range(field.space.size):
            counts[number][number in truth][number in label] += 1
    else:
        counts[0][truth][label] += 1
