"""What a confirmed intent means for batches, payouts, escrows and the ledger."""

from rewards.chain.client import ChainClient
from rewards.domain import annulments, batch_states, deliveries, effects, locks, token_gas, undelivered
from rewards.domain.escrows import close_if_empty
from rewards.models import ChainIntent, Escrow, SettlementBatch

Kind = ChainIntent.Kind
State = ChainIntent.State


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
        token_gas.learn(intent)
    elif intent.kind == Kind.ACTIVATE and intent.batch is not None and effects.was_vetoed(intent, client, deep):
        annulments.end_vetoed(intent.batch)
        return
    batch_states.follow_batch(intent)


def _record_release(intent: ChainIntent) -> None:
    rewarded = {key: int(minor) for key, minor in intent.effect["dues"]}
    keys = Escrow.objects.filter(chain_key__in=rewarded, token__chain=intent.chain).values_list("pk", flat=True)
    escrows = locks.lock_escrows(keys)
    for escrow in escrows:
        escrow.released = max(escrow.released, rewarded[escrow.chain_key])
        if escrow.released >= escrow.rewarded:
            escrow.release_refused = ""  # it owes nothing, so nobody would ask it again
        close_if_empty(escrow)
    Escrow.objects.bulk_update(escrows, ["released", "release_refused", "state"])


def _record_run(intent: ChainIntent, batch: SettlementBatch, client: ChainClient, deep: int) -> None:
    flags = effects.flags_of_run(intent, client, deep)
    start = intent.effect["start"]
    transaction_hash = intent.transaction_hash
    if not transaction_hash and any(flags):
        transaction_hash = deliveries.run_transaction(batch, start + list(flags).index(True), client)
    undelivered.take_back_lost(batch, start=start, flags=flags, transaction_hash=transaction_hash)
    deliveries.record_run(batch, start=start, flags=flags, transaction_hash=transaction_hash)
