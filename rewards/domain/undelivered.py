"""Payments that the books call delivered, and the chain, after a deep reorganisation, does not."""

from collections.abc import Sequence
from uuid import uuid5

from rewards.domain import ledger
from rewards.models import Payout, SettlementBatch, Transfer


def take_back_lost(batch: SettlementBatch, *, start: int, flags: Sequence[bool], transaction_hash: str) -> None:
    """Of a run that was confirmed again: what it does not pay any more is on its way again, as if never delivered."""
    paid = batch.payouts.filter(index__gte=start, index__lt=start + len(flags), state=Payout.State.PAID)
    lost = [payout for payout in paid.select_related("token") if not flags[(payout.index or 0) - start]]
    for payout in lost:
        movements = [
            (ledger.claimed_by(payout.user_id), -payout.amount),
            (ledger.unclaimed_by(payout.user_id), payout.amount),
        ]
        transfer_id = uuid5(batch.pk, f"not delivered {payout.index} {payout.transaction_hash}")
        reference = ledger.Reference("batch", str(batch.pk))
        ledger.post(transfer_id, Transfer.Code.CORRECT, payout.token, reference, movements)
    batch.payouts.filter(pk__in=[payout.pk for payout in lost]).update(state=Payout.State.FROZEN, transaction_hash="")
    if transaction_hash:
        paid.exclude(transaction_hash=transaction_hash).update(transaction_hash=transaction_hash)
