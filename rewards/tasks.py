import logging
from typing import Any

from celery import shared_task
from django.utils import timezone

from rewards.chain.errors import ChainRejected, ChainUnavailable
from rewards.models import Chain

log = logging.getLogger(__name__)
# A turn that was not taken by then is dropped: the timetable comes back.
PATIENCE_SECONDS = 30


def _chain(task: Any, chain_id: int | None) -> Chain | None:
    """The chain of this turn. The timetable names none: each then gets its own, lest one that hangs delay others."""
    from rewards.domain import node

    chains = [chain for chain in Chain.objects.order_by("chain_id") if node.is_configured(chain)]
    if chain_id is None and len(chains) > 1:
        for chain in chains:
            task.apply_async(args=[chain.chain_id], expires=PATIENCE_SECONDS)
        return None
    return next((chain for chain in chains if chain_id in (None, chain.chain_id)), None)


def _answers(chain: Chain) -> None:
    if chain.silent_since is not None:
        Chain.objects.filter(pk=chain.pk).update(silent_since=None)


def _is_silent(chain: Chain) -> None:
    Chain.objects.filter(pk=chain.pk, silent_since=None).update(silent_since=timezone.now())


@shared_task(name="rewards.index_chain")
def index_chain(chain_id: int | None = None) -> None:
    from rewards.domain import indexing, intents, node

    chain = _chain(index_chain, chain_id)
    if chain is None:
        return
    try:
        indexing.index_chain(chain, node.client_for(chain))
        intents.finish_empty_closings(chain)
    except ChainUnavailable as error:
        _is_silent(chain)
        log.warning("Indexing waits: %s", error)  # the timetable comes back in seconds
    else:
        _answers(chain)


@shared_task(name="rewards.reconcile")
def reconcile(chain_id: int | None = None) -> None:
    from rewards.domain import node, reconciliation

    chain = _chain(reconcile, chain_id)
    if chain is None:
        return
    try:
        reconciliation.reconcile(chain, node.client_for(chain))
    except (ChainUnavailable, ChainRejected) as error:
        # A node may have forgotten the state of a block that is long gone by: nothing is known then.
        log.warning("Reconciliation waits: %s", error)


@shared_task(name="rewards.settle")
def settle(chain_id: int | None = None) -> None:
    from rewards.domain import node, settlement

    chain = _chain(settle, chain_id)
    if chain is None:
        return
    try:
        settlement.settle(chain, node.client_for(chain))
    except ChainUnavailable as error:
        log.warning("Settling waits: %s", error)


@shared_task(name="rewards.advance_intents")
def advance_intents(chain_id: int | None = None) -> None:
    from rewards.domain import node, outbox

    chain = _chain(advance_intents, chain_id)
    if chain is None:
        return
    try:
        outbox.advance(chain, node.client_for(chain), node.signer_for(chain))
    except (ChainUnavailable, node.NotConfigured) as error:
        log.warning("Sending waits: %s", error)


@shared_task(name="rewards.tell_refused")
def tell_refused(batch_id: str, places: list[int]) -> None:
    from rewards.domain import deliveries
    from rewards.models import SettlementBatch

    deliveries.tell(SettlementBatch.objects.get(pk=batch_id), places)
