"""From a push that failed to a claim that works, without ever paying twice.

A payment whose bit is unset may still be made by anybody, as long as its root is current or previous. So it is
credited to the claim lane only when the chain says, at a confirmed block, that its epoch is over and its bit unset; and
it can be claimed once a root with the credit is confirmed active. Epochs without payments are frozen to get there.
"""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from rewards.chain.client import ChainClient
from rewards.chain.reads import paid_word, settlement_status
from rewards.domain import deliveries
from rewards.models import Chain, Payout, SettlementBatch

WORD_BITS = 256


def are_waiting(chain: Chain) -> bool:
    """Is there a failed push whose epoch is not over, or whose credit is in no active root?"""
    return _undelivered(chain).exists()


def credit_expired(chain: Chain, client: ChainClient, batch_id: UUID) -> None:
    """Credit the failed pushes of epochs that are over. Called while the next batch is frozen."""
    waiting = _undelivered(chain).filter(credit_batch=None).order_by().values_list("batch", flat=True).distinct()
    batches = SettlementBatch.objects.filter(pk__in=list(waiting)).select_related("chain").order_by("epoch")
    if not batches:
        return
    deep = max(client.block_number() - chain.confirmations, 0)
    status = settlement_status(client, chain.settlement_address, deep)
    for batch in batches:
        if status.is_expired(batch.epoch):
            _credit(batch, client, deep, batch_id)


def make_claimable(batch: SettlementBatch) -> None:
    """The batch's root is confirmed active: its credits can be claimed."""
    batch.credits.filter(state=Payout.State.FROZEN).update(state=Payout.State.CLAIMABLE)


def _undelivered(chain: Chain) -> QuerySet[Payout]:
    return Payout.objects.filter(batch__chain=chain, lane=Payout.Lane.CLAIM, state=Payout.State.FROZEN)


def _credit(batch: SettlementBatch, client: ChainClient, deep: int, credit_batch: UUID) -> None:
    waiting = batch.payouts.filter(lane=Payout.Lane.CLAIM, state=Payout.State.FROZEN, credit_batch=None)
    places = sorted(index for index in waiting.values_list("index", flat=True) if index is not None)
    made_good = _made_good(batch, client, deep, places)
    if made_good:
        _record_made_good(batch, client, made_good)
    unpaid = [index for index in places if index not in made_good]
    deliveries.open_claim_balances(batch, unpaid)
    with connection.cursor() as cursor:
        cursor.execute(ADD_TO_CREDIT, {"batch": batch.pk, "places": unpaid})
    waiting.filter(index__in=unpaid).update(credit_batch=credit_batch)


ADD_TO_CREDIT = """
UPDATE rewards_claimbalance balance SET cumulative = balance.cumulative + owed.minor
  FROM (SELECT token_id, address, sum(amount) AS minor FROM rewards_payout
         WHERE batch_id = %(batch)s AND index = ANY(%(places)s) GROUP BY token_id, address) owed
 WHERE balance.token_id = owed.token_id AND balance.address = owed.address
"""


def _made_good(batch: SettlementBatch, client: ChainClient, deep: int, places: Sequence[int]) -> set[int]:
    """Those whose run somebody sent again, and this time the token took it. A question per 256 places."""
    found: set[int] = set()
    for word, of_word in groupby(places, key=lambda index: index // WORD_BITS):
        bits = paid_word(client, batch.chain.settlement_address, batch.epoch, word, deep)
        found.update(index for index in of_word if bits >> index % WORD_BITS & 1)
    return found


def _record_made_good(batch: SettlementBatch, client: ChainClient, places: set[int]) -> None:
    runs = deliveries.runs_paid(batch, client)
    by_transaction: dict[str, list[int]] = {}
    for index in sorted(places):
        by_transaction.setdefault(deliveries.transaction_of(runs, index), []).append(index)
    for transaction_hash, of_one in by_transaction.items():
        deliveries.deliver(batch, batch.payouts.filter(index__in=of_one), transaction_hash)
