import logging

from celery import shared_task
from django.conf import settings

from rewards.chain.errors import ChainUnavailable
from rewards.models import Chain

log = logging.getLogger(__name__)


def _chain() -> Chain | None:
    return Chain.objects.filter(chain_id=settings.CHAIN_ID).first()


@shared_task(name="rewards.index_chain")
def index_chain() -> None:
    from rewards.domain import indexing, intents, node

    chain = _chain()
    if chain is None:
        return
    try:
        indexing.index_chain(chain, node.client_for(chain))
        intents.finish_empty_closings(chain)
    except ChainUnavailable as error:
        log.warning("Indexing waits: %s", error)  # the timetable comes back in seconds


@shared_task(name="rewards.settle")
def settle() -> None:
    from rewards.domain import node, settlement

    chain = _chain()
    if chain is None:
        return
    try:
        settlement.settle(chain, node.client_for(chain))
    except ChainUnavailable as error:
        log.warning("Settling waits: %s", error)


@shared_task(name="rewards.advance_intents")
def advance_intents() -> None:
    from rewards.domain import node, outbox

    chain = _chain()
    if chain is None:
        return
    try:
        outbox.advance(chain, node.client_for(chain), node.operator_signer())
    except (ChainUnavailable, node.NotConfigured) as error:
        log.warning("Sending waits: %s", error)
