"""What a confirmed intent means for batches, payouts, escrows and the ledger."""

from django.utils import timezone

from rewards.chain.client import ChainClient
from rewards.domain import deliveries, effects, failed_pushes, locks
from rewards.domain.escrows import close_if_empty
from rewards.models import ChainIntent, Escrow, SettlementBatch

Kind = ChainIntent.Kind
State = ChainIntent.State
BatchState = SettlementBatch.State


def confirm(intent: ChainIntent, client: ChainClient, *, deep: int) -> None:
    """The effect stands at block `deep`, which stays. Called under the signer's lock."""
    intent.state = State.CONFIRMED
    if intent.block_number is None:
        intent.block_number = deep  # somebody else did it, by then
    intent.save(update_fields=["state", "block_number", "updated_at"])
    if intent.kind == Kind.RELEASE:
        _record_release(intent)
    elif intent.kind == Kind.PAY and intent.batch is not None:
        _record_run(intent, intent.batch, client, deep)
    follow_batch(intent)


def follow_batch(intent: ChainIntent) -> None:
    """The batch's state is what its intents' states make of it."""
    if intent.batch_id is None:
        return
    batch = SettlementBatch.objects.select_for_update(no_key=True).get(pk=intent.batch_id)
    state = state_of(batch)
    if state == batch.state or (batch.state == BatchState.HELD and state != BatchState.FINAL):
        return
    batch.state = state
    if state == BatchState.FINAL:
        batch.finished_at = timezone.now()
        batch.held_reason = ""
        failed_pushes.make_claimable(batch)
    batch.save(update_fields=["state", "finished_at", "held_reason"])


def state_of(batch: SettlementBatch) -> str:
    """Ignoring what a person holds."""
    kinds: dict[str, set[str]] = {}
    for kind, state in batch.intents.values_list("kind", "state").distinct():
        kinds.setdefault(kind, set()).add(state)
    done = {State.CONFIRMED}
    if all(states == done for states in kinds.values()):
        return BatchState.FINAL
    if kinds.get(Kind.PROPOSE) == done:
        return BatchState.PAYING if kinds.get(Kind.ACTIVATE, done) == done else BatchState.PROPOSED
    return BatchState.FROZEN if all(states == {State.NEW} for states in kinds.values()) else BatchState.RELEASING


def _record_release(intent: ChainIntent) -> None:
    rewarded = {key: int(minor) for key, minor in intent.effect["dues"]}
    keys = Escrow.objects.filter(chain_key__in=rewarded, token__chain=intent.chain).values_list("pk", flat=True)
    escrows = locks.lock_escrows(keys)
    for escrow in escrows:
        escrow.released = max(escrow.released, rewarded[escrow.chain_key])
        close_if_empty(escrow)
    Escrow.objects.bulk_update(escrows, ["released", "state"])


def _record_run(intent: ChainIntent, batch: SettlementBatch, client: ChainClient, deep: int) -> None:
    flags = effects.flags_of_run(intent, client, deep)
    start = intent.effect["start"]
    transaction_hash = intent.transaction_hash
    if not transaction_hash and any(flags):
        transaction_hash = deliveries.run_transaction(batch, start, client)
    deliveries.record_run(batch, start=start, flags=flags, transaction_hash=transaction_hash)
