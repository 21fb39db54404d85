"""Ledger, contracts and Transfer logs at one final block: any difference stops the chain and opens an incident.

docs/operating/settlement.md, "Reconciliation", has what is compared with what.
"""

import logging
from datetime import UTC, datetime

from django.db.models import Min

from rewards.chain.client import Block, ChainClient
from rewards.domain import chain_health, comparison, incidents, locks, movements
from rewards.domain.comparison import Figures
from rewards.models import Chain, Checkpoint, Reconciliation

log = logging.getLogger(__name__)
# Older comparisons of a chain are forgotten; incidents are not.
KEPT = 500


def reconcile(chain: Chain, client: ChainClient) -> Reconciliation | None:
    """None when there is nothing to compare yet, when somebody else compares, or when the node is on another chain."""
    with locks.only_one(locks.RECONCILER, chain.pk) as is_ours:
        if not is_ours or not chain_health.is_the_same_chain(chain, client):
            return None
        chain.refresh_from_db()
        block = comparable_block(chain, client)
        return _reconcile_at(chain, client, block) if block else None


def comparable_block(chain: Chain, client: ChainClient) -> Block | None:
    """The last block that stays and whose events are in the books; not before the one that was compared last."""
    final = _final_number(chain, client)
    waiting = chain.events.filter(is_applied=False).aggregate(first=Min("block_number"))["first"]
    number = min(final, chain.indexed_block, *([] if waiting is None else [waiting - 1]))
    seen = Checkpoint.objects.filter(token__chain=chain).order_by("-block_number").first()
    if number < max(chain.deployed_block, seen.block_number if seen else 0):
        return None  # a node that lags, or an indexer that has just begun
    return client.block(number)


def _final_number(chain: Chain, client: ChainClient) -> int:
    if chain.finality == Chain.Finality.FINALIZED:
        return client.block("finalized").number
    if chain.finality == Chain.Finality.SAFE:
        return client.block("safe").number
    return client.block_number() - chain.confirmations


def _reconcile_at(chain: Chain, client: ChainClient, block: Block) -> Reconciliation:
    differences, touched = movements.follow(chain, client, block.number)
    compared = comparison.compare(chain, client, block=block.number, touched=touched)
    Chain.objects.filter(pk=chain.pk).update(escrow_cursor=chain.escrow_cursor)
    incidents.open_incidents(chain, compared.differences, block_number=block.number)
    is_sound = not differences and not compared.differences
    done = Reconciliation.objects.create(
        chain=chain,
        block_number=block.number,
        block_hash=block.hash,
        block_time=datetime.fromtimestamp(block.timestamp, UTC),
        is_sound=is_sound,
        figures=[_plain(figures) for figures in compared.figures],
    )
    old = chain.reconciliations.values_list("pk", flat=True)[KEPT:]
    Reconciliation.objects.filter(pk__in=list(old)).delete()
    if is_sound:
        log.info("Chain %s is sound at block %s.", chain.chain_id, block.number)
    return done


def _plain(figures: Figures) -> dict[str, str]:
    """For JSON: amounts as text, the token by its id."""
    amounts = ("clients", "people", "fees", "escrow", "settlement", "others")
    return {"token": str(figures.token.pk)} | {name: str(getattr(figures, name)) for name in amounts}
