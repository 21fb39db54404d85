"""A reorganisation deeper than the confirmations took away what the books believed: going on from where both agree.

What the new branch has too, only in another block, stays in the books. What it does not have is taken out of them by
a correcting transfer. Our own transactions are sent again, the same bytes under the same nonces: nothing is paid twice.
docs/operating/settlement.md says what a person has to look at before.
"""

from collections import defaultdict

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainRejected
from rewards.chain.reads import settlement_status
from rewards.domain import batch_states, chain_events, credited_twice, effects, indexing, locks, node
from rewards.exceptions import RewardsError
from rewards.models import Chain, ChainEvent, ChainIntent, Escrow, SettlementBatch

State = ChainIntent.State
Key = tuple[str, str, str]


def resume(chain: Chain, *, actor: User, reason: str) -> Chain:
    """What a finance admin does about a stopped chain. Without a lost block it only goes on."""
    if not reason.strip():
        raise RewardsError(_("Say why."), code="reason_missing", field="reason", status=422)
    client = node.client_for(chain)
    is_ours = _is_ours(chain, client)
    with credited_twice.followed_up(chain, client), transaction.atomic(durable=True):
        chain = locks.lock_chain(chain.pk)
        if not chain.stopped_reason:
            return chain
        locks.lock_signer(chain)
        changes: dict[str, object] = {"stopped_reason": [chain.stopped_reason, ""]}
        if is_ours and client.block_number() < chain.indexed_block:
            # What it does not have yet would be taken for lost.
            raise credited_twice.NotYet(_("The node has not read as far as our books: try again when it has."))
        ancestor = indexing.common_ancestor(chain, client) if is_ours else chain.indexed_block
        if ancestor < chain.indexed_block:
            changes |= _follow_new_branch(chain, client, ancestor)
        chain.stopped_reason = ""
        chain.save(update_fields=["stopped_reason", "indexed_block"])
        audit.record(
            "chain.resumed", actor=actor, object_kind="chain", object_id=chain.chain_id,
            changes=changes, reason=reason.strip(),
        )  # fmt: skip
    return chain


def _is_ours(chain: Chain, client: ChainClient) -> bool:
    """Otherwise there is nothing to read; the worker will stop the chain again and say so."""
    try:
        node.check_identity(chain, client)
    except ChainRejected:
        return False
    return True


def _follow_new_branch(chain: Chain, client: ChainClient, ancestor: int) -> dict[str, object]:
    head = client.block_number()
    _refuse_without_veto(chain, client, ancestor)
    credited_twice.refuse(chain, client, ancestor)
    kept, taken_back = _settle_events(chain, client, ancestor, head)
    reopened = _reopen_intents(chain, ancestor)
    chain.events.filter(block_number__gt=ancestor, is_applied=False).delete()
    chain.blocks.filter(number__gt=ancestor).delete()
    chain.indexed_block = ancestor
    return {
        "read_again_from": ancestor + 1,
        "events_kept": kept,
        "events_taken_back": taken_back,
        "transactions_sent_again": reopened,
    }


def _refuse_without_veto(chain: Chain, client: ChainClient, ancestor: int) -> None:
    """Its payments were given to another batch: were the root to become active after all, both could be paid."""
    vetoed = chain.batches.filter(state=SettlementBatch.State.VETOED, intents__block_number__gt=ancestor).distinct()
    status = settlement_status(client, chain.settlement_address) if vetoed else None
    for batch in vetoed:
        if status is not None and not status.is_expired(batch.epoch):
            raise credited_twice.NotYet(
                _("The veto of epoch %(epoch)d is gone with the old branch: the guardian has to veto it again first.")
                % {"epoch": batch.epoch}
            )


# Events that are in the books


def _settle_events(chain: Chain, client: ChainClient, ancestor: int, head: int) -> tuple[list[str], list[str]]:
    """Which are on the new branch as well, and which are not. The latter are taken back, last first."""
    gone = chain.events.filter(block_number__gt=ancestor, is_applied=True).order_by("-block_number", "-log_index")
    there = _events_of_branch(chain, client, ancestor + 1, head) if gone else {}
    kept: list[tuple[ChainEvent, ChainEvent]] = []
    lost: list[ChainEvent] = []
    for event in gone:
        again = there.get(_key(event))
        if again:
            kept.append((event, again.pop()))
        else:
            lost.append(event)
    for event, again_there in sorted(kept, key=_without_collision):
        _move_to(event, again_there, deepest=head - chain.confirmations)
    for event in lost:
        chain_events.take_back(event)
        event.delete()
    return [str(event) for event, _there in kept], [str(event) for event in lost]


def _without_collision(move: tuple[ChainEvent, ChainEvent]) -> int:
    """Of the logs of one transaction, those that move up begin with the last, those that move down with the first."""
    event, again = move
    return -event.log_index if again.log_index > event.log_index else event.log_index


def _events_of_branch(chain: Chain, client: ChainClient, first: int, last: int) -> dict[Key, list[ChainEvent]]:
    found: dict[Key, list[ChainEvent]] = defaultdict(list)
    for row in indexing.read_events(chain, client, first, last):
        found[_key(row)].append(row)
    return found


def _key(event: ChainEvent) -> Key:
    """What makes it the same fact in another block."""
    return event.transaction_hash, event.name, str(sorted(event.arguments.items()))


def _move_to(event: ChainEvent, again: ChainEvent, *, deepest: int) -> None:
    if again.block_number > deepest:
        raise credited_twice.NotYet(
            _("%(event)s is on the new branch, but not deep enough yet: try again in %(blocks)d blocks.")
            % {"event": event, "blocks": again.block_number - deepest}
        )
    chain_events.move_to(event, again)


# Our own transactions


def _reopen_intents(chain: Chain, ancestor: int) -> int:
    lost = chain.intents.filter(state=State.CONFIRMED, block_number__gt=ancestor)
    batches = chain.batches.filter(intents__in=lost).exclude(state=SettlementBatch.State.VETOED)
    last = batches.order_by("epoch").last()
    nowhere = {"block_number": None, "block_hash": "", "transaction_hash": ""}
    releases = [intent.effect for intent in lost.filter(kind=ChainIntent.Kind.RELEASE)]
    signed = lost.filter(nonce__isnull=False).update(state=State.SENT, **nowhere)
    foreign = lost.update(state=State.NEW, **nowhere)
    _take_back_releases(chain, releases)
    # One batch at a time is unfinished. Older ones end before it, since their nonces are lower.
    if last is not None and not chain.batches.exclude(state__in=SettlementBatch.ENDED).exists():
        last.state, last.finished_at = batch_states.state_of(last), None
        last.save(update_fields=["state", "finished_at"])
    return signed + foreign


def _take_back_releases(chain: Chain, lost: list[effects.Effect]) -> None:
    """What left these escrows is again only what the releases say that are still confirmed.

    Else, should a client take the rest back on the new branch, people would be paid with what is not in Settlement.
    """
    known = dict.fromkeys((key for effect in lost for key, _minor in effect["dues"]), 0)
    stay = chain.intents.filter(kind=ChainIntent.Kind.RELEASE, state=State.CONFIRMED) if known else chain.intents.none()
    for effect in stay.values_list("effect", flat=True).iterator():
        for key, minor in effect["dues"]:
            if key in known:
                known[key] = max(known[key], int(minor))
    keys = Escrow.objects.filter(chain_key__in=known, token__chain=chain).values_list("pk", flat=True)
    escrows = locks.lock_escrows(keys)
    for escrow in escrows:
        escrow.released = known[escrow.chain_key]
    Escrow.objects.bulk_update(escrows, ["released"])
