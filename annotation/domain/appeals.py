"""Objecting to a rejection. Silence of the client's side pays. docs/algorithms/review.md, section 5."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership, User
from annotation import access
from annotation.domain import appeal_letters, locks
from annotation.domain.appeal_ends import let_stand, move, overturn, say
from annotation.domain.rejection_holds import hold_for
from annotation.exceptions import AnnotationError
from annotation.models import Answer, Appeal, AppealStep, Item, Project, Verdict
from annotation.models.work import MIN_EVIDENCE_CHARACTERS

logger = logging.getLogger(__name__)

CHUNK = 500
MOST_CHARACTERS = 5_000
Kind, State = AppealStep.Kind, Appeal.State


def period_of(project: Project) -> int:
    """How long each step of an appeal may take."""
    return project.appeal_period_seconds or int(settings.APPEAL_PERIOD_SECONDS)


def begin(answer: Answer, verdict: Verdict) -> Appeal:
    """The clock of a rejection that was just made. While it runs, the place and the money are nobody else's."""
    now, period = timezone.now(), period_of(answer.project)
    appeal = Appeal.objects.create(
        answer=answer,
        verdict=verdict,
        project_id=answer.project_id,
        user_id=answer.user_id,
        due_at=now + timedelta(seconds=period),
        period_seconds=period,
        created_at=now,
    )
    # Asked when the row is there: until then this rejection would count as one of the client's past.
    hold = hold_for(answer.project.team)
    if hold is None:
        appeal_letters.tell_author_of_rejection(answer, appeal)
        return appeal
    appeal.state, appeal.due_at, appeal.hold = State.HELD, None, hold
    appeal.save(update_fields=["state", "due_at", "hold"])
    say(appeal, answer, Kind.HELD, by=None)
    return appeal


def object_to(answer: Answer, *, actor: User, text: str, field: str = "") -> Appeal:
    """The author appeals, and after the client has upheld the rejection takes it to a quality admin: each once."""
    text = _said(text, "text")
    with transaction.atomic():
        _item, answer, appeal = _locked(answer.pk)
        if answer.user_id != actor.pk:
            raise AnnotationError(_("Only its author can appeal."), code="not_yours", status=403)
        _refuse_unknown_field(answer, field)
        if _is_repeated(appeal, actor, text, {Kind.APPEALED, Kind.ESCALATED}):
            return appeal
        if appeal.state not in {State.OPEN, State.UPHELD}:
            raise AnnotationError(_why_not(appeal), code="not_open")
        _refuse_late(appeal)
        is_first = appeal.state == State.OPEN
        say(appeal, answer, Kind.APPEALED if is_first else Kind.ESCALATED, by=actor, text=text, field=field)
        if is_first and has_second_reviewer(answer, appeal):
            move(appeal, State.APPEALED)
            appeal_letters.tell_client(answer, appeal)
        else:
            move(appeal, State.ESCALATED)
            appeal_letters.tell_quality_admins_of_appeal(answer, appeal)
    return appeal


def answer_appeal(answer: Answer, *, actor: User, upholds: bool, reason: str = "", text: str = "") -> Appeal:
    """The client's second reviewer, or afterwards a quality admin, upholds the rejection or gives in."""
    reason, text = _founded(upholds, reason, text)
    with transaction.atomic():
        item, answer, appeal = _locked(answer.pk)
        if _is_repeated(appeal, actor, text, {Kind.UPHELD, Kind.CONFIRMED} if upholds else {Kind.OVERTURNED}):
            return appeal
        _refuse_whoever_may_not_answer(answer, appeal, actor)
        _refuse_late(appeal)
        if not upholds:
            say(appeal, answer, Kind.OVERTURNED, by=actor, text=text)
            overturn(item, answer, appeal)
        elif appeal.state == State.APPEALED:
            say(appeal, answer, Kind.UPHELD, by=actor, reason=reason, text=text)
            move(appeal, State.UPHELD)
        else:
            say(appeal, answer, Kind.CONFIRMED, by=actor, reason=reason, text=text)
            let_stand(item, answer, appeal)
        appeal_letters.tell_author_of_outcome(answer, appeal)
    return appeal


def end_due(*, limit: int = CHUNK) -> int:
    """What nobody said in time is said by the clock; the number of appeals it moved. Safe to run twice, and at once.

    Each is its own transaction, so that one that cannot end holds up no other.
    """
    ended, after = 0, Q()
    while True:
        due = Appeal.objects.filter(after, state__in=Appeal.LIVE, due_at__lte=timezone.now())
        found = list(due.order_by("due_at", "pk").values_list("due_at", "pk")[:limit])
        for _due_at, pk in found:
            try:
                ended += _end_one(pk)
            except DatabaseError:
                logger.exception("The appeal of answer %s cannot be ended.", pk)
        if len(found) < limit:
            return ended
        last_due, last = found[-1]
        after = Q(due_at__gt=last_due) | Q(due_at=last_due, pk__gt=last)


def shorten_clocks(project: Project, *, first: datetime, third: timedelta) -> None:
    """The client takes its money away on chain: every step ends early enough for what it may still bring to be paid.

    `first` is when the last verdict can be made, and half of the `third` after it is for appeals.
    """
    for state, share in _SHARES.items():
        ends = first + share * third
        late = Appeal.objects.filter(project=project, state=state)
        late.filter(Q(due_at__gt=ends) | Q(due_at=None)).update(due_at=ends)


def has_second_reviewer(answer: Answer, appeal: Appeal) -> bool:
    """Whether the client has anybody who could answer the appeal."""
    members = Membership.objects.filter(team=answer.project.team_id, role__in=access.REVIEW)
    others = members.exclude(user__in=[appeal.verdict.decided_by_id, answer.user_id]).select_related("user")
    return any(Answer.objects.filter(pk=answer.pk).judgeable_by(member.user).exists() for member in others)


# Until when, in shares of the third of the notice that follows the last verdicts.
_SHARES = {State.HELD: 0.25, State.OPEN: 0.25, State.APPEALED: 0.375, State.UPHELD: 0.4375, State.ESCALATED: 0.5}


@transaction.atomic
def _end_one(pk: UUID) -> int:
    """0 when somebody else is just at it, or was."""
    held = locks.lock_free_appeal(pk)
    if held is None:
        return 0
    item, answer, appeal = held
    if not appeal.is_live or appeal.due_at is None or appeal.due_at > timezone.now():
        return 0
    # The author's silence lets a rejection stand; everybody else's pays.
    if appeal.state in {State.OPEN, State.UPHELD}:
        say(appeal, answer, Kind.LAPSED, by=None)
        let_stand(item, answer, appeal)
    else:
        say(appeal, answer, Kind.OVERTURNED, by=None)
        overturn(item, answer, appeal)
        appeal_letters.tell_author_of_outcome(answer, appeal)
    return 1


def _locked(answer_pk: UUID) -> tuple[Item, Answer, Appeal]:
    try:
        return locks.lock_appeal(answer_pk)
    except Appeal.DoesNotExist:
        raise AnnotationError(
            _("This answer was not rejected: there is nothing to appeal."), code="no_appeal"
        ) from None


def _said(text: str, field: str) -> str:
    text = text.strip()
    if not MIN_EVIDENCE_CHARACTERS <= len(text) <= MOST_CHARACTERS:
        raise AnnotationError(
            _("Say why, in %(least)s to %(most)s characters.")
            % {"least": MIN_EVIDENCE_CHARACTERS, "most": MOST_CHARACTERS},
            code="no_text",
            field=field,
            status=422,
        )
    return text


def _founded(upholds: bool, reason: str, text: str) -> tuple[str, str]:
    """To uphold a rejection takes what it takes to make one; to give in takes nothing."""
    if not upholds:
        return "", text.strip()[:MOST_CHARACTERS]
    if reason not in Verdict.Reason.values:
        raise AnnotationError(_("Say why: choose a reason."), code="no_reason", field="reason", status=422)
    return reason, _said(text, "text")


def _refuse_unknown_field(answer: Answer, field: str) -> None:
    fields = answer.schema_version.schema.get("fields", [])
    if field and field not in {each["name"] for each in fields}:
        raise AnnotationError(_("There is no such question."), code="no_field", field="field", status=422)


def _is_repeated(appeal: Appeal, actor: User, text: str, kinds: set[AppealStep.Kind]) -> bool:
    """The same words by the same person again: a request that was sent twice."""
    last = appeal.steps.order_by("-created_at", "-pk").first()
    return last is not None and last.kind in kinds and (last.by_id, last.text) == (actor.pk, text)


def _refuse_late(appeal: Appeal) -> None:
    if appeal.due_at is not None and appeal.due_at <= timezone.now():
        raise AnnotationError(_("The clock has run out: nothing can be added any more."), code="too_late")


def _refuse_whoever_may_not_answer(answer: Answer, appeal: Appeal, actor: User) -> None:
    if appeal.state not in {State.APPEALED, State.ESCALATED}:
        raise AnnotationError(_("This appeal does not wait for an answer."), code="not_appealed")
    if not access.may_answer_appeal(actor, appeal):
        raise AnnotationError(
            _("Somebody else has to answer this appeal: not who rejected, nor who upheld, nor who is close to either."),
            code="not_yours_to_answer",
            status=403,
        )


def _why_not(appeal: Appeal) -> str:
    return {
        State.HELD: _("This rejection waits for a quality admin. If it is released, your clock begins then."),
        State.APPEALED: _("You have appealed already: the client has to answer."),
        State.ESCALATED: _("A quality admin has it already."),
        State.FINAL: _("The rejection is final."),
        State.OVERTURNED: _("The rejection was overturned already."),
    }.get(State(appeal.state), "")
