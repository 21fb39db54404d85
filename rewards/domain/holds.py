"""Holding settlement, by the outbox when it cannot go on or by a person, and letting it go on. Persons are audited."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.domain import audit
from accounts.models import User
from rewards.domain import alerts, batch_states, locks
from rewards.exceptions import RewardsError
from rewards.models import ChainIntent, Escrow, SettlementBatch

State = ChainIntent.State
BatchState = SettlementBatch.State
HeldFor = ChainIntent.HeldFor
TITLES = {
    HeldFor.GAS_MONEY: _lazy("Settlement waits: the operator's account has no money for gas"),
    HeldFor.REVERTS: _lazy("Settlement waits: the contract would refuse a transaction"),
    HeldFor.REFUSED: _lazy("Settlement waits: the node refused a transaction"),
}
ADVICE = {
    HeldFor.GAS_MONEY: _lazy("Send native coin to that address. It goes on by itself; nothing is lost meanwhile."),
    HeldFor.REVERTS: _lazy("Read the contract's words, mend the cause, then resume it. Nothing is lost meanwhile."),
    HeldFor.REFUSED: _lazy("Look at the node, then resume it. Nothing is lost meanwhile."),
}


def hold_intent(intent: ChainIntent, *, held_for: str, reason: str) -> None:
    """Called by the outbox under the signer's lock. Holds the batch too, so that nothing after it is sent."""
    intent.state, intent.held_for, intent.held_reason = State.HELD, held_for, reason
    intent.save(update_fields=["state", "held_for", "held_reason", "updated_at"])
    if intent.batch_id:
        # One that has ended, and lost a transaction to a deep reorganisation, is not begun again: another may be open.
        going_on = SettlementBatch.objects.filter(pk=intent.batch_id).exclude(state__in=SettlementBatch.ENDED)
        going_on.update(state=BatchState.HELD, held_reason=reason)
    alerts.tell_finance_admins(
        TITLES[HeldFor(held_for)],
        detail=f"{intent.get_kind_display()}, {_whose(intent)}: {reason}",
        advice=ADVICE[HeldFor(held_for)],
    )


def tell_of_stuck(intent: ChainIntent, attempts: int) -> None:
    alerts.tell_finance_admins(
        _lazy("Settlement is slow: a transaction was replaced many times and is not mined"),
        detail=f"{intent.get_kind_display()}, {_whose(intent)}: {attempts} attempts under nonce {intent.nonce}.",
        advice=_lazy(
            "Its fee is raised by an eighth each minute. Look at the node and at what others pay on the chain."
        ),
    )


def tell_of_refusing_token(intent: ChainIntent, escrow: Escrow, reason: str) -> None:
    alerts.tell_finance_admins(
        _lazy("A token cannot be moved: what was earned in it waits"),
        detail=f"{escrow.token.name} ({escrow.token.asset}), {len(intent.effect['dues'])} escrows: {reason}",
        advice=_lazy(
            "Everybody who earned in other tokens is paid. It is tried again before each batch, and goes on by itself."
        ),
    )


def _whose(intent: ChainIntent) -> str:
    if intent.batch_id:
        return f"epoch {intent.batch.epoch}" if intent.batch else ""
    return f"escrow {intent.escrow_id} of {intent.escrow.team}" if intent.escrow else f"transaction {intent.pk}"


def release_intent(intent: ChainIntent) -> None:
    """Where it goes on: what is signed is looked after first."""
    intent.state = State.NEW if intent.nonce is None else State.SIGNED
    intent.held_for = intent.held_reason = ""
    intent.save(update_fields=["state", "held_for", "held_reason", "updated_at"])
    if intent.batch_id is None:
        return
    held = SettlementBatch.objects.select_for_update(no_key=True).filter(pk=intent.batch_id, state=BatchState.HELD)
    if batch := held.first():
        _let_go(batch)


def hold_batch(batch: SettlementBatch, *, actor: User, reason: str) -> SettlementBatch:
    """Send nothing new for this batch. A transaction that is signed already is still followed to its end."""
    with transaction.atomic(durable=True):
        batch = _locked(batch)
        if batch.state in SettlementBatch.ENDED:
            raise RewardsError(_("This batch is over."), code="batch_final")
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
    """For the intents that belong to no batch, as refunds do, or to one that has ended."""
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
    batch.state, batch.held_reason = batch_states.state_of(batch), ""
    batch.save(update_fields=["state", "held_reason"])
    return batch


def _need(reason: str) -> str:
    if not reason.strip():
        raise RewardsError(_("Say why."), code="reason_missing", field="reason", status=422)
    return reason.strip()


def _audit(action: str, batch: SettlementBatch, actor: User, changes: dict[str, object], reason: str) -> None:
    audit.record(action, actor=actor, object_kind="batch", object_id=batch.pk, changes=changes, reason=reason)
