"""One item as its reviewer sees it: every answer under a pseudonym, what was decided, and what came before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from annotation.agreement.online import Tally
from annotation.agreement.resolve import resolve_tallies
from annotation.agreement.stored import mixes_of
from annotation.kinds.contract import Field
from annotation.kinds.schema import Schema, schema_for
from annotation.kinds.titles import title_in
from annotation.models import Answer, AppealStep, Consensus, Item, Project, Resolution
from annotation.queries.comments import ShownThread, threads_of
from annotation.queries.export import pseudonym
from annotation.queries.review import agrees, schema_of

SHORT_NAME = 16
HISTORY = ("revisions", "verdicts", "appeal__steps")


@dataclass(frozen=True)
class SaidField:
    """A question and what was said to it, as words. `is_different` is against what was decided."""

    title: str
    values: list[str]
    is_different: bool = False


@dataclass(frozen=True)
class Event:
    """Something that happened to an answer, oldest first."""

    kind: str  # answered, accepted, rejected, returned, lapsed, or a step of an appeal (AppealStep.Kind)
    at: datetime | None
    said: list[SaidField] = field(default_factory=list)
    reason: str = ""
    evidence: str = ""
    is_silence: bool = False
    title: str = ""  # of a step of an appeal


@dataclass(frozen=True)
class Change:
    """What an answer that was done again says differently on one question."""

    title: str
    before: list[str]
    now: list[str]


@dataclass(frozen=True)
class ReviewedAnswer:
    answer: Answer
    name: str
    said: list[SaidField]
    agrees: bool | None
    can_judge: bool
    history: list[Event]
    changes: list[Change]
    threads: list[ShownThread]

    @property
    def short_name(self) -> str:
        return self.name[:SHORT_NAME]

    @property
    def active_seconds(self) -> float:
        return round((self.answer.active_ms or self.answer.lead_ms) / 1000, 1)


@dataclass(frozen=True)
class Option:
    title: str
    share: float

    @property
    def percent(self) -> float:
        return round(100 * self.share, 1)


@dataclass(frozen=True)
class DecidedField:
    """What was decided on one question, and how likely each of its likeliest options is."""

    title: str
    values: list[str]
    confidence: float
    votes: int
    options: list[Option]


@dataclass(frozen=True)
class ItemReview:
    item: Item
    project: Project
    resolution: Resolution | None
    decided: list[DecidedField]
    answers: list[ReviewedAnswer]
    others: int  # answers that somebody else has to judge: one's own, and those of people one shares a team with

    @property
    def pending(self) -> list[ReviewedAnswer]:
        return [each for each in self.answers if each.can_judge]

    @property
    def agreeing(self) -> list[ReviewedAnswer]:
        return [each for each in self.pending if each.agrees]


def item_review(user: User, project: Project, item: Item) -> ItemReview:
    """The same few statements for one answer and for a hundred."""
    schema = schema_of(project)
    resolution = Resolution.objects.filter(item=item).first()
    rows = project.answers.judgeable_by(user).filter(item=item).order_by("id")
    answers = list(rows.select_related("schema_version", "appeal").prefetch_related(*HISTORY))
    threads = threads_of(answers, user)
    return ItemReview(
        item=item,
        project=project,
        resolution=resolution,
        decided=_decided(schema, resolution) if schema and resolution else [],
        answers=[_reviewed(project, schema, resolution, answer, threads[answer.pk]) for answer in answers],
        others=item.answers.count() - len(answers),
    )


def said_in(
    schema: Schema | None, value: Mapping[str, Any], decided: Mapping[str, Any] | None = None
) -> list[SaidField]:
    """An answer as titles and words, each marked when it differs from what was decided."""
    if schema is None:
        return []
    locale = get_language() or "en"
    return [
        SaidField(
            title=title_in(each.titles, locale, fallback=each.name),
            values=each.kind.words(each, value.get(each.name), locale),
            is_different=decided is not None and _differs(each, value, decided),
        )
        for each in schema.fields
        if each.name in value or (decided is not None and each.name in decided)
    ]


def history_of_answer(answer: Answer) -> list[Event]:
    """Needs HISTORY prefetched."""
    schema = schema_for(answer.schema_version_id, answer.schema_version.schema)
    values = {row.number: row.value for row in answer.revisions.all()} | {answer.revision: answer.value}
    ends = {row.number: row.created_at for row in answer.revisions.all()}
    verdicts = {verdict.revision: verdict for verdict in answer.verdicts.all()}
    events = []
    for number in sorted(values):
        # A revision begins when the one before it ends.
        begun = ends.get(number - 1, answer.created_at)
        events.append(Event("answered", begun, said_in(schema, values[number])))
        if number in verdicts:
            made = verdicts[number]
            reason = made.get_reason_display() if made.reason else ""
            is_silence = made.decided_by_id is None
            events.append(Event(made.decision, made.created_at, [], reason, made.evidence, is_silence))
    if has_lapsed(answer):
        events.append(Event("lapsed", _lapsed_at(answer)))
    return events + appeal_events(answer)


def appeal_events(answer: Answer) -> list[Event]:
    """What was said in the appeal, oldest first, without names. Needs `appeal__steps` prefetched."""
    appeal = getattr(answer, "appeal", None)
    return [
        Event(
            str(step.kind),
            step.created_at,
            reason=step.get_reason_display() if step.reason else "",
            evidence=step.text,
            is_silence=step.by_id is None,
            title=_step_title(step),
        )
        for step in (appeal.steps.all() if appeal else [])
    ]


def _step_title(step: AppealStep) -> str:
    if step.kind == AppealStep.Kind.OVERTURNED and step.by_id is None:
        return _("Nobody answered in time: overturned, and paid")
    return str(step.get_kind_display())


def _lapsed_at(answer: Answer) -> datetime | None:
    appeal = getattr(answer, "appeal", None)
    return appeal.created_at if appeal else answer.decided_at


def has_lapsed(answer: Answer) -> bool:
    """Whether it was rejected because it was returned and not done again in time."""
    if answer.state != Answer.State.REJECTED and getattr(answer, "appeal", None) is None:
        return False
    return not any(verdict.decision == Answer.State.REJECTED for verdict in answer.verdicts.all())


def changes_of(answer: Answer) -> list[Change]:
    """Against what it said before it was returned. Needs HISTORY prefetched."""
    earlier = {row.number: row.value for row in answer.revisions.all()}.get(answer.revision - 1)
    if earlier is None:
        return []
    schema = schema_for(answer.schema_version_id, answer.schema_version.schema)
    locale = get_language() or "en"
    return [
        Change(
            title=title_in(each.titles, locale, fallback=each.name),
            before=each.kind.words(each, earlier.get(each.name), locale),
            now=each.kind.words(each, answer.value.get(each.name), locale),
        )
        for each in schema.fields
        if _differs(each, answer.value, earlier)
    ]


def _reviewed(
    project: Project,
    schema: Schema | None,
    resolution: Resolution | None,
    answer: Answer,
    threads: list[ShownThread],
) -> ReviewedAnswer:
    is_decided = resolution is not None and resolution.confidence is not None
    decided = resolution.value if resolution is not None and is_decided else None
    return ReviewedAnswer(
        answer=answer,
        name=pseudonym(project.team_id, answer.user_id),
        said=said_in(schema, answer.value, decided),
        agrees=agrees(schema, answer.value, decided) if schema and decided is not None else None,
        can_judge=answer.state == Answer.State.PENDING,
        history=history_of_answer(answer),
        changes=changes_of(answer),
        threads=threads,
    )


def _differs(each: Field, value: Mapping[str, Any], decided: Mapping[str, Any]) -> bool:
    return each.kind.distance(each, value.get(each.name), decided.get(each.name)) > 0


def _decided(schema: Schema, resolution: Resolution) -> list[DecidedField]:
    tallies = {each.name: Tally.from_json(resolution.state.get(each.name)) for each in schema.fields}
    mixes = Consensus.objects.filter(project=resolution.project_id).values_list("mixes", flat=True).first()
    resolved = resolve_tallies(schema, tallies, method=resolution.method, mixes=mixes_of(mixes or {}))
    locale = get_language() or "en"
    found = []
    for name, row in resolved.items():
        each = schema.by_name[name]
        options = [Option(_option_title(each, option, locale), chance) for option, chance in row.options.items()]
        title = title_in(each.titles, locale, fallback=name)
        found.append(DecidedField(title, each.kind.words(each, row.value, locale), row.confidence, row.votes, options))
    return found


def _option_title(each: Field, option: str, locale: str) -> str:
    return ", ".join(each.kind.words(each, option, locale)) or _("(left blank)")
