"""A batch's state is what its intents' states make of it."""

from django.utils import timezone

from rewards.domain import failed_pushes
from rewards.models import ChainIntent, SettlementBatch

Kind = ChainIntent.Kind
State = ChainIntent.State
BatchState = SettlementBatch.State


def follow_batch(intent: ChainIntent) -> None:
    if intent.batch_id is None:
        return
    batch = SettlementBatch.objects.select_for_update(no_key=True).get(pk=intent.batch_id)
    # One that has ended stays so while a transaction of it that was reorganised away is sent again: only one batch of
    # a chain may be unfinished, and a later one may have begun. Resuming the chain reopens one where that is right.
    if batch.state in SettlementBatch.ENDED:
        return
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
