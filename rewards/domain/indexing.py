"""Reading the chain: what its logs say is stored at once, and believed when it is deep enough.

Safe to run at any time and to be killed anywhere: a range of blocks is stored in one transaction with its end, an event
is applied in one transaction with its effect. A reorganisation shows as a stored block hash that the chain lost.
"""

import logging
from dataclasses import fields
from functools import partial
from typing import Any

from django.db import transaction

from rewards.chain import events
from rewards.chain.client import ChainClient
from rewards.chain.log_ranges import MOST_BLOCKS, read_range
from rewards.domain import chain_health, locks
from rewards.domain.chain_events import ImpossibleEvent, apply_event
from rewards.models import Chain, ChainEvent, ChainIntent, IndexedBlock

log = logging.getLogger(__name__)
# Hashes of the last blocks are kept one by one, so that the fork of a reorganisation is found exactly.
REMEMBERED_BLOCKS = 64


def index_chain(chain: Chain, client: ChainClient) -> int:
    """Store new events, drop those that were reorganised away, apply those that are deep. Returns how many applied."""
    with locks.only_one(locks.INDEXER, chain.pk) as is_ours:
        if not is_ours:
            return 0
        chain.refresh_from_db()
        if chain.stopped_reason or not chain_health.is_the_same_chain(chain, client):
            return 0
        head = client.block_number()
        if head < chain.indexed_block:
            return 0  # this node lags, or its chain was reorganised and is still the shorter one: next time
        if not _forget_what_is_gone(chain, client):
            return 0
        while chain.indexed_block < head:
            if not _store_range(chain, client, head):
                return 0  # the chain moved under us: next time
        return _apply_deep_events(chain, head)


def _forget_what_is_gone(chain: Chain, client: ChainClient) -> bool:
    """Go back to the last block that both know. False when that would take back what is in the ledger."""
    return True if chain.indexed_block < 0 else _go_back_to(chain, common_ancestor(chain, client))


def common_ancestor(chain: Chain, client: ChainClient) -> int:
    """The last block that we stored and the node has."""
    for block in chain.blocks.order_by("-number").iterator(chunk_size=REMEMBERED_BLOCKS):
        if client.block_hash(block.number) == block.block_hash:
            return block.number
    return chain.deployed_block - 1


def read_to(chain: Chain, client: ChainClient) -> int:
    """The last block that is read; -1 while it is of another branch than the node's.

    Asked under the signer's lock, which is taken to go back: of what is confirmed up to here we then know.
    """
    chain.refresh_from_db(fields=["indexed_block"])
    read = chain.blocks.filter(number=chain.indexed_block).first()
    is_there = read is None or client.block_hash(read.number) == read.block_hash
    return chain.indexed_block if is_there else -1


def _go_back_to(chain: Chain, number: int) -> bool:
    if number == chain.indexed_block:
        return True
    with transaction.atomic():
        # The signer's too, or something could be confirmed on the old branch after we have looked for it.
        locks.lock_chain(chain.pk)
        locks.lock_signer(chain)
        lost = _lost_facts(chain, number)
        if not lost:
            chain.events.filter(block_number__gt=number).delete()
            chain.blocks.filter(number__gt=number).delete()
            chain.indexed_block = number
            chain.save(update_fields=["indexed_block"])
    if lost:
        chain_health.stop_chain(
            chain,
            f"A reorganisation back to block {number}, deeper than {chain.confirmations} confirmations, took away"
            f" {lost}. Resume when the chain is steady: it is read again from there, and what is missing is sent"
            " again.",
        )
        return False
    log.warning("Chain %s was reorganised: back to block %s.", chain.chain_id, number)
    return True


def _lost_facts(chain: Chain, number: int) -> str:
    """What the books took for certain above that block, in words; empty when nothing."""
    lost = [
        f"{event} ({event.transaction_hash})" for event in chain.events.filter(block_number__gt=number, is_applied=True)
    ]
    confirmed = chain.intents.filter(block_number__gt=number, state=ChainIntent.State.CONFIRMED)
    lost += [f"our {intent.kind} at {intent.block_number} ({intent.transaction_hash})" for intent in confirmed]
    return ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")


def read_events(chain: Chain, client: ChainClient, first: int, last: int) -> list[ChainEvent]:
    """Rows, not saved, of what our contracts say in these blocks."""
    rows: list[ChainEvent] = []
    while first <= last:
        found, end = read_range(chain.chain_id, first, last, partial(_events_of, chain, client))
        rows += [_row(chain, event) for event in found]
        first = end + 1
    return rows


def _store_range(chain: Chain, client: ChainClient, head: int) -> bool:
    first = max(chain.indexed_block + 1, chain.deployed_block)
    last = top = min(head, first + MOST_BLOCKS - 1)
    if first > last:  # the chain is not yet where we were deployed
        return False
    hash_before = client.block_hash(top)
    found, last = read_range(chain.chain_id, first, last, partial(_events_of, chain, client))
    hashes = {number: client.block_hash(number) for number in range(max(first, head - REMEMBERED_BLOCKS), last + 1)}
    hashes.setdefault(last, client.block_hash(last))
    if None in hashes.values() or not _is_one_branch(chain, client, top, hash_before):
        return False
    if any(event.at.block_number in hashes and hashes[event.at.block_number] != event.at.block_hash for event in found):
        return False
    with transaction.atomic():
        ChainEvent.objects.bulk_create([_row(chain, event) for event in found], ignore_conflicts=True, batch_size=1000)
        IndexedBlock.objects.bulk_create(
            [IndexedBlock(chain=chain, number=number, block_hash=hash_) for number, hash_ in hashes.items() if hash_]
        )
        chain.blocks.filter(number__lt=last - 4 * REMEMBERED_BLOCKS).delete()
        chain.indexed_block = last
        chain.save(update_fields=["indexed_block"])
    return True


def _is_one_branch(chain: Chain, client: ChainClient, top: int, hash_before: str | None) -> bool:
    """Was it the same chain all the while that we read, and the one whose earlier blocks we have stored?

    Else the end of a new branch would stand upon the old one, whose events would be believed for ever.
    """
    below = chain.blocks.filter(number=chain.indexed_block).first()
    if below is not None and client.block_hash(below.number) != below.block_hash:
        return False
    return hash_before is not None and client.block_hash(top) == hash_before


def _events_of(chain: Chain, client: ChainClient, first: int, last: int) -> list[events.ChainEvent]:
    found = client.escrow_events(chain.escrow_address, first, last)
    return found + client.settlement_events(chain.settlement_address, first, last)


def _row(chain: Chain, event: events.ChainEvent) -> ChainEvent:
    arguments = {field.name: _plain(getattr(event, field.name)) for field in fields(event) if field.name != "at"}
    return ChainEvent(
        chain=chain,
        name=type(event).__name__,
        arguments=arguments,
        block_number=event.at.block_number,
        block_hash=event.at.block_hash,
        transaction_hash=event.at.transaction_hash,
        log_index=event.at.log_index,
    )


def _plain(value: Any) -> Any:
    """For JSON: numbers of 256 bits as text, bytes as hexadecimal."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return str(value) if isinstance(value, int) else value


def _apply_deep_events(chain: Chain, head: int) -> int:
    deep = chain.events.filter(is_applied=False, block_number__lte=head - chain.confirmations)
    count = 0
    for event in deep.order_by("block_number", "log_index"):
        try:
            with transaction.atomic():
                locks.lock_chain(chain.pk)
                # Somebody may have applied it between our reading and our lock.
                if ChainEvent.objects.filter(pk=event.pk, is_applied=False).update(is_applied=True):
                    apply_event(event)
                    count += 1
        except ImpossibleEvent as error:
            chain_health.stop_chain(chain, error.message)
            return count
    return count
