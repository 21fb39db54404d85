"""From a push that failed to a claim that works, without ever paying twice.

A payment whose bit is unset may still be made by anybody, as long as its root is current or previous. So it is
credited to the claim lane only when the chain says, at a confirmed block, that its epoch is over and its bit unset; and
it can be claimed once a root with the credit is confirmed active. Epochs without payments are frozen to get there.
"""

from itertools import groupby
from uuid import UUID

from django.db.models import F, QuerySet

from rewards.chain.client import ChainClient
from rewards.chain.reads import paid_flags, settlement_status
from rewards.domain import deliveries
from rewards.models import Chain, ClaimBalance, Payout, SettlementBatch


def are_waiting(chain: Chain) -> bool:
    """Is there a failed push whose epoch is not over, or whose credit is in no active root?"""
    return _undelivered(chain).exists()


def credit_expired(chain: Chain, client: ChainClient, batch_id: UUID) -> None:
    """Credit the failed pushes of epochs that are over. Called while the next batch is frozen."""
    waiting = _undelivered(chain).filter(credit_batch=None).select_related("batch", "token").order_by("batch", "index")
    deep = max(client.block_number() - chain.confirmations, 0)
    status = settlement_status(client, chain.settlement_address, deep) if waiting else None
    for batch, payouts in groupby(waiting, key=lambda payout: payout.batch):
        if status is not None and status.is_expired(batch.epoch):
            _credit(chain, client, deep, batch, list(payouts), batch_id)


def make_claimable(batch: SettlementBatch) -> None:
    """The batch's root is confirmed active: its credits can be claimed."""
    batch.credits.filter(state=Payout.State.FROZEN).update(state=Payout.State.CLAIMABLE)


def _undelivered(chain: Chain) -> QuerySet[Payout]:
    return Payout.objects.filter(batch__chain=chain, lane=Payout.Lane.CLAIM, state=Payout.State.FROZEN)


def _credit(
    chain: Chain, client: ChainClient, deep: int, batch: SettlementBatch, payouts: list[Payout], credit_batch: UUID
) -> None:
    for payout in payouts:
        is_paid = paid_flags(client, chain.settlement_address, batch.epoch, payout.index, 1, deep)[0]
        if is_paid:
            deliveries.record_late_push(payout, client)
            continue
        balance = deliveries.open_claim_balance(payout)
        ClaimBalance.objects.filter(pk=balance.pk).update(cumulative=F("cumulative") + payout.amount)
        Payout.objects.filter(pk=payout.pk).update(credit_batch=credit_batch)
