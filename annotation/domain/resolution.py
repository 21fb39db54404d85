"""Every new answer moves its item's estimate at once; a batch fit of the whole project replaces it on a timer.

Where a project collects until it is sure, places.py then gives unsure items another place.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from annotation.agreement.crowd import Standing
from annotation.agreement.methods import DEFAULT_METHOD
from annotation.agreement.refit import refit
from annotation.agreement.resolve import (
    FieldResolution,
    Step,
    add_answer,
    gold_state,
    item_confidence,
    item_sureness,
    remove_answer,
    resolve_item,
)
from annotation.agreement.stored import crowds_of, mixes_of, standings_of, with_credits, with_crowds
from annotation.agreement.whom import doubtful
from annotation.domain.locks import hold_consensus
from annotation.domain.places import settle_marked_projects, settle_places
from annotation.kinds.schema import Schema, schema_for
from annotation.models import AnnotatorProgress, Answer, Consensus, GoldAnswer, Item, Project, Resolution

BATCH = 1_000
COUNTING = (Answer.State.PENDING, Answer.State.ACCEPTED)
# A refit replaces the online estimate once it has drifted: this share of new answers, or any at the end.
REFIT_GROWTH = 0.05

Standings = dict[int, dict[str, Standing]]


def count_new_answers() -> int:
    """Take in what was submitted, judged or returned since the last time; the number of answers."""
    counted = 0
    uncounted = Answer.objects.filter(is_counted=False).order_by().values("project")
    for project in Project.objects.filter(pk__in=uncounted).order_by("pk"):
        while batch := _count_batch(project):
            counted += batch
            settle_places(project)
    settle_marked_projects()
    return counted


def refit_changed_projects() -> int:
    """Fit every project whose answers have grown enough, or are complete; the number of projects."""
    open_places = Item.objects.filter(project=OuterRef("project"), state=Item.State.OPEN, is_gold=False)
    has_grown = Q(counted__gt=F("counted_at_refit") * (1 + REFIT_GROWTH))
    is_complete = ~Exists(open_places.filter(taken__lt=F("places"))) | ~Q(project__state=Project.State.OPEN)
    changed = Consensus.objects.filter(has_grown | is_complete, counted__gt=F("counted_at_refit"))
    refitted = 0
    for consensus in changed.select_related("project__schema_version"):
        refitted += refit_project(consensus.project)
        settle_places(consensus.project)
    return refitted


@transaction.atomic
def refit_project(project: Project) -> bool:
    """The batch fit over all counted answers. False when somebody else is at it."""
    consensus = hold_consensus(project)
    schema = _schema_of(project)
    if consensus is None or schema is None:
        return False
    answers = (
        Answer.objects.filter(project=project, is_counted=True, state__in=COUNTING)
        .order_by("item_id", "id")
        .values_list("item_id", "user_id", "value")
    )
    gold = dict(GoldAnswer.objects.filter(item__project=project).values_list("item_id", "value"))
    fitted = refit(
        schema,
        ((item, str(user), value) for item, user, value in answers.iterator(chunk_size=10_000)),
        gold=gold,
        method=DEFAULT_METHOD,
    )
    rows = (
        _resolution(project, item, state, resolution, votes=_votes(resolution))
        for item, state, resolution in fitted.items()
        if any(field.votes for field in resolution.values())
    )
    while chunk := list(islice(rows, BATCH)):
        _upsert(chunk)
    _set_standings(project, fitted.standings, doubtful(schema, fitted.standings, fitted.crowds))
    consensus.crowds = with_crowds({}, fitted.crowds)
    consensus.mixes = {name: mix.as_json() for name, mix in fitted.mixes.items()}
    consensus.counted_at_refit = consensus.counted
    consensus.refit_at = timezone.now()
    consensus.save(update_fields=["crowds", "mixes", "counted_at_refit", "refit_at"])
    return True


@transaction.atomic
def _count_batch(project: Project) -> int:
    consensus = hold_consensus(project)
    schema = _schema_of(project)
    if consensus is None or schema is None:
        return 0
    # No row is locked against a verdict: an answer that is judged meanwhile comes back with is_counted false.
    answers = list(
        Answer.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .filter(project=project, is_counted=False)
        .order_by("id")[:BATCH]
    )
    if not answers:
        return 0
    counting = _Counting(schema, project, consensus, answers)
    for answer in answers:
        counting.take(answer)
    _upsert(list(counting.resolutions.values()))
    _add_standings(project, counting.credits)
    consensus.crowds = counting.crowds
    consensus.counted += len(answers)
    consensus.save(update_fields=["crowds", "counted"])
    Answer.objects.filter(pk__in=[answer.pk for answer in answers]).update(is_counted=True)
    return len(answers)


class _Counting:
    """The rows that one batch of answers touches, read once and changed in memory."""

    def __init__(self, schema: Schema, project: Project, consensus: Consensus, answers: list[Answer]) -> None:
        items = {answer.item_id for answer in answers}
        self.schema = schema
        self.project = project
        self.resolutions = {r.item_id: r for r in Resolution.objects.filter(item__in=items)}
        self.gold = dict(GoldAnswer.objects.filter(item__in=items).values_list("item_id", "value"))
        self.standings = _read_standings(project, {answer.user_id for answer in answers})
        self.crowds = dict(consensus.crowds)
        self.mixes = mixes_of(consensus.mixes)
        self.credits: Standings = {}

    def take(self, answer: Answer) -> None:
        row = self.resolutions.get(answer.item_id)
        state = row.state if row else self._first_state(answer.item_id)
        annotator = str(answer.user_id)
        if answer.state in COUNTING:
            step = add_answer(
                self.schema,
                state,
                annotator,
                answer.value,
                standings=self.standings.get(answer.user_id, {}),
                crowds=crowds_of(self.crowds),
                method=DEFAULT_METHOD,
                mixes=self.mixes,
            )
        else:
            step = remove_answer(self.schema, state, annotator, method=DEFAULT_METHOD, mixes=self.mixes)
        self._keep(answer.item_id, step)

    def _first_state(self, item: int) -> dict[str, Any]:
        return gold_state(self.schema, self.gold[item]) if item in self.gold else {}

    def _keep(self, item: int, step: Step) -> None:
        self.resolutions[item] = _resolution(
            self.project, item, step.state, step.resolution, votes=_votes(step.resolution)
        )
        for annotator, fields in step.credits.items():
            _add(self.credits.setdefault(int(annotator), {}), fields)
            _add(self.standings.setdefault(int(annotator), {}), fields)
        self.crowds = with_crowds(self.crowds, step.crowds)


def majority_of(project: Project, answers: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, FieldResolution]:
    """The plain vote over some answers to one item, for comparison."""
    schema = _schema_of(project)
    return resolve_item(schema, answers, method="majority") if schema else {}


def _schema_of(project: Project) -> Schema | None:
    version = project.schema_version
    return schema_for(version.pk, version.schema) if version else None


def _votes(resolution: Mapping[str, FieldResolution]) -> int:
    return max((field.votes for field in resolution.values()), default=0)


def _resolution(
    project: Project, item: int, state: dict[str, Any], resolution: Mapping[str, FieldResolution], *, votes: int
) -> Resolution:
    # One figure per item: where a target decides when to stop, it is the one that is compared with the target.
    confidence = item_sureness(resolution) if project.is_adaptive else item_confidence(resolution)
    return Resolution(
        item_id=item,
        project_id=project.pk,
        value={name: field.value for name, field in resolution.items() if field.value is not None},
        confidence=confidence if votes else None,
        method=DEFAULT_METHOD,
        answers=votes,
        state=state,
        is_settled=not project.is_adaptive,
        updated_at=timezone.now(),
    )


def _upsert(rows: list[Resolution]) -> None:
    Resolution.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["item"],
        update_fields=["value", "confidence", "method", "answers", "state", "is_settled", "updated_at"],
    )


def _read_standings(project: Project, users: set[int]) -> Standings:
    rows = AnnotatorProgress.objects.filter(project=project, user__in=users).values_list("user_id", "reliability")
    return {user: standings_of(saved) for user, saved in rows}


def _add(to: dict[str, Standing], fields: Mapping[str, Standing]) -> None:
    for name, more in fields.items():
        have = to.get(name, Standing())
        to[name] = Standing(have.correct + more.correct, have.evidence + more.evidence)


def _add_standings(project: Project, credits: Standings) -> None:
    """Additions only, onto what is stored now: others may have been credited by items of this batch too."""
    rows = _progress_rows(project, credits)
    for row in rows:
        row.reliability = with_credits(row.reliability, credits[row.user_id])
    AnnotatorProgress.objects.bulk_update(rows, ["reliability"], batch_size=BATCH)


def _set_standings(project: Project, standings: Mapping[str, Mapping[str, Standing]], doubted: Collection[str]) -> None:
    """Of everybody: whoever has no counted answer left has no record left either."""
    rows = _progress_rows(project)
    for row in rows:
        row.reliability = with_credits({}, standings.get(str(row.user_id), {}))
        row.is_doubtful = str(row.user_id) in doubted
    AnnotatorProgress.objects.bulk_update(rows, ["reliability", "is_doubtful"], batch_size=BATCH)


def _progress_rows(project: Project, users: Iterable[int] | None = None) -> list[AnnotatorProgress]:
    rows = AnnotatorProgress.objects.select_for_update(no_key=True).filter(project=project).order_by("pk")
    return list(rows if users is None else rows.filter(user__in=list(users)))
