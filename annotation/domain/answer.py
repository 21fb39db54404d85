"""Taking an answer in: once per key, once per person and item, never more than the item has places.

docs/algorithms/queue.md has the table of what is accepted when. Everything is checked without a lock first; the one
statement of submission.py decides, and the database's constraints stand behind it.
"""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from annotation.domain.submission import NewAnswer, Situation, Submitted, read_situation, write_answer
from annotation.exceptions import AnnotationError
from annotation.kinds.results import canonical_result, validate_result
from annotation.kinds.schema import schema_for
from annotation.models import Answer, Assignment, Project
from lib.exceptions import FieldError, InvalidInput
from lib.ids import new_id

MOST_MILLISECONDS = 2**31 - 1
MAX_CLIENT_TEXT = 40


@dataclass(frozen=True)
class Submission:
    """What an annotator sends."""

    lease_id: UUID
    key: UUID
    result: Any
    lead_ms: int = 0
    active_ms: int = 0
    schema_version: int | None = None
    client: dict[str, Any] | None = None


class NotNeeded(AnnotationError):
    code = "not_needed"


class AlreadyAnswered(AnnotationError):
    code = "already_answered"


class LeaseGone(AnnotationError):
    code = "lease_gone"


class KeyReused(AnnotationError):
    code = "key_reused"
    status = 422


class InvalidAnswer(AnnotationError, InvalidInput):
    code = "invalid"
    status = 422


def submit_answer(
    user: User,
    *,
    lease_id: UUID,
    key: UUID,
    result: Any,
    lead_ms: int = 0,
    active_ms: int = 0,
    schema_version: int | None = None,
    client: dict[str, Any] | None = None,
) -> Submitted:
    """Take the answer in, or give back what this key brought in before."""
    sent = Submission(lease_id, key, result, lead_ms, active_ms, schema_version, client)
    situation, repeated = read_situation(lease_id=lease_id, user_id=user.pk, key=key)
    if repeated:
        return _same_again(sent, situation, repeated)
    if situation is None:
        raise LeaseGone(_("You do not hold this item."))
    _refuse_if_answered(situation)
    value = _valid_value(sent, situation)
    _refuse_if_not_needed(situation)
    written = _write(user, sent, _with_live_lease(situation), value)
    return written or _what_happened(user, sent)


def _same_again(sent: Submission, situation: Situation | None, repeated: Submitted) -> Submitted:
    """A key names one submission: the same item and the same result."""
    if situation is None or situation.item_id != repeated.item_id or _canonical(sent, situation) != repeated.value:
        raise KeyReused(
            _("This Idempotency-Key was used for another answer: make a new key for a new answer."), field="key"
        )
    return repeated


def _refuse_if_answered(situation: Situation) -> None:
    may_redo = situation.is_rework and situation.answer_state == Answer.State.RETURNED
    if situation.answer_state and not may_redo:
        raise AlreadyAnswered(_("You have answered this item already."))
    if situation.lease_state in {Assignment.State.SKIPPED, Assignment.State.SUBMITTED}:
        raise LeaseGone(_("You have given this item back."))


def _refuse_if_not_needed(situation: Situation) -> None:
    if situation.is_project_closed:
        raise NotNeeded(_("The project is closed: it takes no more answers."))
    if situation.project_state == Project.State.CLOSING and not (situation.is_live or situation.is_rework):
        raise NotNeeded(_("The project is closing: only items that were still leased are taken."))


def _valid_value(sent: Submission, situation: Situation) -> dict[str, Any]:
    errors = []
    if sent.schema_version is not None and sent.schema_version != situation.version:
        message = _("This item was leased with version %(version)d of the interface.")
        errors.append(FieldError("schema_version", message % {"version": situation.version}))
    for name in ("lead_ms", "active_ms"):
        milliseconds = getattr(sent, name)
        if isinstance(milliseconds, bool) or not isinstance(milliseconds, int) or milliseconds < 0:
            errors.append(FieldError(name, _("Send a whole number of milliseconds.")))
    interface = schema_for(situation.version_id, situation.schema)
    errors += [
        FieldError(f"result.{each.path}" if each.path else "result", each.message)
        for each in validate_result(interface, sent.result)
    ]
    if errors:
        raise InvalidAnswer(_("The answer cannot be taken as it is."), errors)
    return canonical_result(interface, sent.result)


def _canonical(sent: Submission, situation: Situation) -> dict[str, Any] | None:
    interface = schema_for(situation.version_id, situation.schema)
    if validate_result(interface, sent.result):
        return None
    return canonical_result(interface, sent.result)


def _with_live_lease(situation: Situation) -> Situation:
    """Late work on an item that the same person has leased again belongs to the lease that is alive."""
    if situation.is_live or situation.live_lease_id is None:
        return situation
    return replace(situation, lease_id=situation.live_lease_id, lease_state=Assignment.State.LEASED)


def _write(user: User, sent: Submission, situation: Situation, value: dict[str, Any]) -> Submitted | None:
    answer = NewAnswer(
        id=new_id(),
        lease_id=situation.lease_id,
        user_id=user.pk,
        key=sent.key,
        value=value,
        lead_ms=min(sent.lead_ms, MOST_MILLISECONDS),
        active_ms=min(sent.active_ms, MOST_MILLISECONDS),
        client=_small(sent.client),
        is_gold_right=_is_gold_right(situation, value),
        may_be_late=situation.project_state != Project.State.CLOSED,
    )
    # One statement is a transaction already; only inside another one does a refusal need a savepoint.
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            return write_answer(answer)
    except IntegrityError:
        return None


def _is_gold_right(situation: Situation, value: dict[str, Any]) -> bool | None:
    if not situation.is_gold:
        return None
    return value == canonical_result(schema_for(situation.version_id, situation.schema), situation.gold_value)


def _small(client: dict[str, Any] | None) -> dict[str, str]:
    """The client says what it is in a few words; a stranger could say anything."""
    if not isinstance(client, dict):
        return {}
    return {name: str(client[name])[:MAX_CLIENT_TEXT] for name in ("v", "locale") if name in client}


def _what_happened(user: User, sent: Submission) -> Submitted:
    """Nothing was written: another call of the same person came first, or the place was given away."""
    situation, repeated = read_situation(lease_id=sent.lease_id, user_id=user.pk, key=sent.key)
    if repeated:
        return _same_again(sent, situation, repeated)
    if situation is None:
        raise LeaseGone(_("You do not hold this item."))
    _refuse_if_answered(situation)
    raise NotNeeded(
        _("Your lease had run out, and others have given all the answers this item needs. Nothing was stored.")
    )
