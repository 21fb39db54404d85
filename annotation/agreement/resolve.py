"""From answers to decided values, for a whole schema: at once for one item, or answer by answer.

Nothing here knows a tool. A field of the schema says what space its answers live in and translates both ways.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from annotation.agreement.crowd import Standing
from annotation.agreement.mix import NEW_MIX, Mix
from annotation.agreement.online import Change, Crowd, Tally, cast, models_posterior, posterior, withdraw
from annotation.agreement.spaces import Plain, Space

Result = Mapping[str, Any]
ItemState = dict[str, Any]  # JSON: {field: Tally.as_json()}
Standings = Mapping[str, Standing]  # by field, of one annotator
Crowds = Mapping[str, Crowd]  # by field, of the project
Mixes = Mapping[str, Mix]  # by field, of the project
NEWCOMER = Standing()
NEW_CROWD = Crowd()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a space's probabilities mean as a value of the field; `options` are the likeliest, for showing."""

    value: Any
    confidence: float
    options: dict[str, float]


class ResolvableField(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def space(self) -> Space: ...
    def is_shown(self, values: Result) -> bool: ...
    def plain(self, value: Any) -> Plain: ...
    def decide(self, probabilities: list[float]) -> Decision: ...


class ResolvableSchema(Protocol):
    @property
    def fields(self) -> Iterable[ResolvableField]: ...


@dataclass(frozen=True, slots=True)
class FieldResolution:
    """The decided value. `value` is None when nobody answered, or when leaving it blank is the answer.

    `sureness` is how sure the models are of it without the vote, whose share of two or three answers says little: what
    adaptive collection goes by (docs/algorithms/consensus.md, section 9).
    """

    value: Any
    confidence: float
    votes: int
    options: dict[str, float]
    sureness: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "confidence": round(self.confidence, 6),
            "votes": self.votes,
            "options": {option: round(chance, 6) for option, chance in self.options.items()},
        }


@dataclass(frozen=True, slots=True)
class Step:
    """After one answer: the item's new state and resolution, and what to add to the annotators and the crowds."""

    state: ItemState
    resolution: dict[str, FieldResolution]
    credits: dict[str, dict[str, Standing]]  # annotator → field → addition
    crowds: dict[str, Crowd]  # field → addition


def resolve_item(
    schema: ResolvableSchema,
    answers: Iterable[tuple[str, Result]],
    *,
    standings: Mapping[str, Standings] | None = None,
    crowds: Crowds | None = None,
    method: str = "one_coin",
    mixes: Mixes | None = None,
) -> dict[str, FieldResolution]:
    """All answers of one item at once, with what is known about its annotators."""
    standings = standings or {}
    tallies = {field.name: Tally() for field in schema.fields}
    for annotator, result in answers:
        _cast_all(schema, tallies, annotator, result, standings.get(annotator, {}), crowds or {})
    return resolve_tallies(schema, tallies, method=method, mixes=mixes)


def add_answer(
    schema: ResolvableSchema,
    state: ItemState | None,
    annotator: str,
    result: Result,
    *,
    standings: Standings | None = None,
    crowds: Crowds | None = None,
    method: str = "one_coin",
    mixes: Mixes | None = None,
) -> Step:
    """One answer more, on the stored state of its item."""
    tallies = _tallies(schema, state)
    changes = _cast_all(schema, tallies, annotator, result, standings or {}, crowds or {})
    return _step(schema, tallies, changes, method, mixes)


def remove_answer(
    schema: ResolvableSchema,
    state: ItemState | None,
    annotator: str,
    *,
    method: str = "one_coin",
    mixes: Mixes | None = None,
) -> Step:
    """One answer less: it was rejected, or sent back."""
    tallies = _tallies(schema, state)
    changes = {field.name: withdraw(field.space, tallies[field.name], annotator) for field in schema.fields}
    return _step(schema, tallies, changes, method, mixes)


def gold_state(schema: ResolvableSchema, result: Result) -> ItemState:
    """The state of an item whose answer is known: its votes are judged by it, and cannot move it."""
    return {
        field.name: Tally(known=field.plain(result.get(field.name))).as_json()
        for field in schema.fields
        if field.is_shown(result)
    }


def resolve_tallies(
    schema: ResolvableSchema, tallies: Mapping[str, Tally], *, method: str, mixes: Mixes | None = None
) -> dict[str, FieldResolution]:
    """Field by field in order; a field that the decided values hide has no resolution."""
    values: dict[str, Any] = {}
    resolution: dict[str, FieldResolution] = {}
    for field in schema.fields:
        if not field.is_shown(values):
            continue
        tally = tallies.get(field.name) or Tally()
        resolution[field.name] = _resolve_field(field, tally, method, (mixes or {}).get(field.name, NEW_MIX))
        if resolution[field.name].value is not None:
            values[field.name] = resolution[field.name].value
    return resolution


def item_confidence(resolution: Mapping[str, FieldResolution]) -> float:
    """An item is as sure as its least sure field."""
    return min((field.confidence for field in resolution.values()), default=0.0)


def item_sureness(resolution: Mapping[str, FieldResolution]) -> float:
    """The same by the models alone."""
    return min((field.sureness for field in resolution.values()), default=0.0)


def _resolve_field(field: ResolvableField, tally: Tally, method: str, mix: Mix) -> FieldResolution:
    if not tally.votes and tally.known is None:
        return FieldResolution(None, 0.0, 0, {})
    decision = field.decide(posterior(field.space, tally, method=method, mix=mix))
    sureness = decision.confidence
    if method == "auto":
        models = field.decide(models_posterior(field.space, tally, mix=mix))
        # Where the vote has decided otherwise, the models are as unsure of that as they are sure of theirs.
        sureness = models.confidence if models.value == decision.value else 1 - models.confidence
    return FieldResolution(decision.value, decision.confidence, len(tally.votes), decision.options, sureness)


def _tallies(schema: ResolvableSchema, state: ItemState | None) -> dict[str, Tally]:
    return {field.name: Tally.from_json((state or {}).get(field.name)) for field in schema.fields}


def _cast_all(
    schema: ResolvableSchema,
    tallies: Mapping[str, Tally],
    annotator: str,
    result: Result,
    standings: Standings,
    crowds: Crowds,
) -> dict[str, Change]:
    changes = {}
    for field in schema.fields:
        tally = tallies[field.name]
        crowd = crowds.get(field.name, NEW_CROWD)
        if not field.is_shown(result):
            # Who was not asked has no vote here; an earlier answer of his may have had one.
            changes[field.name] = withdraw(field.space, tally, annotator)
            continue
        changes[field.name] = cast(
            field.space,
            tally,
            annotator,
            field.plain(result.get(field.name)),
            standing=standings.get(field.name, NEWCOMER),
            crowd=crowd,
        )
    return changes


def _step(
    schema: ResolvableSchema,
    tallies: dict[str, Tally],
    changes: dict[str, Change],
    method: str,
    mixes: Mixes | None,
) -> Step:
    credits: dict[str, dict[str, Standing]] = {}
    for name, change in changes.items():
        for annotator, credit in change.credits.items():
            credits.setdefault(annotator, {})[name] = credit
    return Step(
        state={name: tally.as_json() for name, tally in tallies.items() if tally.votes or tally.known is not None},
        resolution=resolve_tallies(schema, tallies, method=method, mixes=mixes),
        credits=credits,
        crowds={name: change.crowd for name, change in changes.items() if change.crowd != NEW_CROWD},
    )
