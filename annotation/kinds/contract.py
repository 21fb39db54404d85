"""What a kind of labelling must be able to do. A kind is a folder with one object that does it, and a line in
`annotation/kinds/__init__.py`. docs/contributing/add-a-labelling-kind.md goes through it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from annotation.agreement.resolve import Decision
from annotation.agreement.spaces import Plain, Space
from annotation.kinds.conditions import Condition
from lib.exceptions import FieldError

# Why a value is refused, each a sentence for the person; empty when it is fine.
Check = Callable[[Any], list[str]]
Titles = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DataPart:
    """A part of the payload that is shown: a column of text, an image."""

    name: str
    type: str
    dir: str
    titles: Titles


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the interface. `config` is what its kind made of the properties that are its own."""

    name: str
    tool: str
    titles: Titles
    help: Titles
    source: str
    required: bool
    when: Condition | None
    config: Any
    kind: "Kind"
    space: Space
    check: Check

    def is_shown(self, values: Mapping[str, Any]) -> bool:
        return self.when is None or self.when.holds(values)

    def plain(self, value: Any) -> Plain:
        return self.kind.plain(self, value)

    def decide(self, probabilities: list[float]) -> Decision:
        return self.kind.decide(self, probabilities)


class Kind(Protocol):
    """`config` arguments are what `parse` returned; `field.config` is the same."""

    name: str
    title: Any  # lazy text

    def config_schema(self) -> dict[str, Any]:
        """The properties a field of this kind adds, as JSON Schema; shared `$defs` are those of kinds/schema.json."""
        ...

    def parse(self, raw: Mapping[str, Any], path: str) -> tuple[Any, list[FieldError]]:
        """The typed config of a field that fits `config_schema`, and what that schema cannot say about it."""
        ...

    def condition_errors(self, config: Any, op: str, value: Any) -> list[str]:
        """Why another field's condition on a field of this kind can never hold."""
        ...

    def value_schema(self, config: Any) -> dict[str, Any]:
        """JSON Schema of an answer, for the API's documentation and for other programs."""
        ...

    def compile(self, config: Any) -> Check:
        """The same as a fast function with sentences for people; called once per schema version."""
        ...

    def canonical(self, field: Field, answer: Any) -> Any:
        """The one way to write this valid answer, so that equal answers are equal bytes."""
        ...

    def space(self, config: Any, *, required: bool) -> Space:
        """Where plain answers live for agreement."""
        ...

    def plain(self, field: Field, answer: Any) -> Plain:
        """An answer (None: left blank) as a plain label of the space."""
        ...

    def decide(self, field: Field, probabilities: list[float]) -> Decision:
        """Back: the decided value, with its confidence."""
        ...

    def distance(self, field: Field, one: Any, other: Any) -> float:
        """0 for the same answer, 1 for nothing in common."""
        ...

    def words(self, field: Field, answer: Any, locale: str) -> list[str]:
        """The answer as a person reads it: titles in the reader's language."""
        ...

    def parts(self, field: Field, answer: Any, locale: str) -> dict[str, str]:
        """What a comment can point at inside this answer: a name that stays while the part does, and its words."""
        ...

    def csv_columns(self, field: Field) -> list[str]: ...

    def csv_cells(self, field: Field, answer: Any) -> list[str]:
        """As many as columns. Formulas are neutralised by the writer of the file, not here."""
        ...

    def label_studio_results(self, field: Field, answer: Any, *, to_name: str) -> list[dict[str, Any]]: ...

    def label_studio_config(self, field: Field, *, to_name: str, locale: str) -> "LabelStudioTag": ...


@dataclass(frozen=True, slots=True)
class LabelStudioTag:
    """XML for Label Studio's labelling config, and sentences on what it cannot carry."""

    xml: str
    losses: list[str]
