"""Holding settlement, by the outbox when it cannot go on or by a person, and letting it go on. Persons are audited."""

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from rewards.domain import locks
from rewards.domain.confirmations import state_of
from rewards.exceptions import RewardsError
from rewards.models import ChainIntent, SettlementBatch

log = logging.getLogger(__name__)
State = ChainIntent.State
BatchState = SettlementBatch.State


def hold_intent(intent: ChainIntent, *, held_for: str, reason: str) -> None:
    """Called by the outbox under the signer's lock. Holds the batch too, so that nothing after it is sent."""
    log.error("Intent %s (%s) is held: %s: %s", intent.pk, intent.kind, held_for, reason)
    intent.state, intent.held_for, intent.held_reason = State.HELD, held_for, reason
    intent.save(update_fields=["state", "held_for", "held_reason", "updated_at"])
    if intent.batch_id:
        SettlementBatch.objects.filter(pk=intent.batch_id).update(state=BatchState.HELD, held_reason=reason)


def release_intent(intent: ChainIntent) -> None:
    """Where it goes on: what is signed is looked after first."""
    intent.state = State.NEW if intent.nonce is None else State.SIGNED
    intent.held_for = intent.held_reason = ""
    intent.save(update_fields=["state", "held_for", "held_reason", "updated_at"])
    if intent.batch_id:
        _let_go(SettlementBatch.objects.select_for_update(no_key=True).get(pk=intent.batch_id))


def hold_batch(batch: SettlementBatch, *, actor: User, reason: str) -> SettlementBatch:
    """Send nothing new for this batch. A transaction that is signed already is still followed to its end."""
    with transaction.atomic(durable=True):
        batch = _locked(batch)
        if batch.state == BatchState.FINAL:
            raise RewardsError(_("This batch is final."), code="batch_final")
        before, batch.state, batch.held_reason = batch.state, BatchState.HELD, _need(reason)
        batch.save(update_fields=["state", "held_reason"])
        _audit("batch.held", batch, actor, {"state": [before, batch.state]}, reason)
    return batch


def resume_batch(batch: SettlementBatch, *, actor: User, reason: str) -> SettlementBatch:
    with transaction.atomic(durable=True):
        batch = _locked(batch)
        if batch.state != BatchState.HELD:
            raise RewardsError(_("This batch is not held."), code="not_held")
        for intent in batch.intents.filter(state=State.HELD):
            release_intent(intent)
        batch = _let_go(batch)
        _audit("batch.resumed", batch, actor, {"state": [BatchState.HELD, batch.state]}, _need(reason))
    return batch


def resume_intent(intent: ChainIntent, *, actor: User, reason: str) -> ChainIntent:
    """For the intents that belong to no batch: refunds."""
    with transaction.atomic(durable=True):
        locks.lock_signer(intent.chain)
        intent.refresh_from_db()
        if intent.state != State.HELD:
            raise RewardsError(_("This transaction is not held."), code="not_held")
        was = intent.held_reason
        release_intent(intent)
        audit.record(
            "intent.resumed", actor=actor, object_kind="intent", object_id=intent.pk,
            changes={"held_reason": [was, ""]}, reason=_need(reason),
        )  # fmt: skip
    return intent


def _locked(batch: SettlementBatch) -> SettlementBatch:
    locks.lock_signer(batch.chain)
    return SettlementBatch.objects.select_for_update(of=("self",), no_key=True).select_related("chain").get(pk=batch.pk)


def _let_go(batch: SettlementBatch) -> SettlementBatch:
    batch.state, batch.held_reason = state_of(batch), ""
    batch.save(update_fields=["state", "held_reason"])
    return batch


def _need(reason: str) -> str:
    if not reason.strip():
        raise RewardsError(_("Say why."), code="reason_missing", field="reason", status=422)
    return reason.strip()


def _audit(action: str, batch: SettlementBatch, actor: User, changes: dict[str, object], reason: str) -> None:
    audit.record(action, actor=actor, object_kind="batch", object_id=batch.pk, changes=changes, reason=reason)
