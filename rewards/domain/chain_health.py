"""Stopping a chain, and letting it go on: nothing is sent to, or believed of, a chain that has a stop reason."""

import logging

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.domain import audit
from accounts.models import User
from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainRejected
from rewards.domain import alerts, locks, node
from rewards.models import Chain

log = logging.getLogger(__name__)


def stop_chain(chain: Chain, reason: str, *, actor: User | None = None) -> Chain:
    """Only the first reason is kept: it is the cause."""
    with transaction.atomic():
        chain = locks.lock_chain(chain.pk)
        if chain.stopped_reason:
            return chain
        chain.stopped_reason = reason
        chain.save(update_fields=["stopped_reason"])
        audit.record("chain.stopped", actor=actor, object_kind="chain", object_id=chain.chain_id, reason=reason)
        alerts.tell_finance_admins(
            format_lazy(_("Chain {chain} is stopped: nothing is sent to it, or believed of it"), chain=chain.name),
            detail=reason,
            advice=_("Find the cause, then resume the chain with a reason. Nothing is lost meanwhile."),
        )
    return chain


def resume_chain(chain: Chain, *, actor: User, reason: str) -> Chain:
    with transaction.atomic():
        chain = locks.lock_chain(chain.pk)
        if chain.stopped_reason:
            changes = {"stopped_reason": [chain.stopped_reason, ""]}
            chain.stopped_reason = ""
            chain.save(update_fields=["stopped_reason"])
            audit.record(
                "chain.resumed", actor=actor, object_kind="chain", object_id=chain.chain_id,
                changes=changes, reason=reason,
            )  # fmt: skip
    return chain


def is_the_same_chain(chain: Chain, client: ChainClient) -> bool:
    """Asked before anything else is: a node of another chain, or other code, stops the chain."""
    try:
        node.check_identity(chain, client)
    except ChainRejected as error:
        stop_chain(chain, error.detail)
        return False
    return True


def is_where_we_left_it(chain: Chain, client: ChainClient) -> bool:
    """Does the node have the last block that we took for certain? Asked before anything is frozen or sent.

    If not, it is behind, or the chain was reorganised more deeply than is ever believed: the indexer finds out which.
    """
    certain = chain.blocks.filter(number__lte=chain.indexed_block - chain.confirmations).order_by("-number").first()
    if certain is None or client.block_hash(certain.number) == certain.block_hash:
        return True
    log.warning("Chain %s does not have block %s as it was: nothing is sent.", chain.chain_id, certain)
    return False
