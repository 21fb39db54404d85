"""What the chain says of a run of payments, written into payouts and the ledger."""

from collections.abc import Sequence
from itertools import groupby
from uuid import uuid5

from rewards.chain import events
from rewards.chain.client import ChainClient
from rewards.domain import ledger
from rewards.models import ClaimBalance, Payout, SettlementBatch, Transfer


def record_run(batch: SettlementBatch, *, start: int, flags: Sequence[bool], transaction_hash: str) -> None:
    """The bits of a confirmed run: what is set is delivered, what is unset moves to the claim lane."""
    payouts = list(
        batch.payouts.filter(index__gte=start, index__lt=start + len(flags), state=Payout.State.FROZEN)
        .select_related("token")
        .order_by("token", "index")
    )
    paid = [payout for payout in payouts if flags[payout.index - start]]
    failed = [payout for payout in payouts if not flags[payout.index - start]]
    _deliver(batch, paid, transaction_hash)
    Payout.objects.filter(pk__in=[payout.pk for payout in failed]).update(lane=Payout.Lane.CLAIM)
    for payout in failed:
        open_claim_balance(payout)


def record_late_push(payout: Payout, client: ChainClient) -> None:
    """Somebody sent the run again, and this time the token took it."""
    _deliver(payout.batch, [payout], run_transaction(payout.batch, payout.index, client))


def run_transaction(batch: SettlementBatch, index: int, client: ChainClient) -> str:
    """The last transaction that paid a run with this place in it."""
    chain = batch.chain
    found = ""
    for event in client.settlement_events(chain.settlement_address, chain.deployed_block, client.block_number()):
        if isinstance(event, events.RunPaid) and event.epoch == batch.epoch:
            found = event.at.transaction_hash if event.start <= index < event.start + event.count else found
    return found


def open_claim_balance(payout: Payout) -> ClaimBalance:
    """The row, at zero if it is new: its leaf in the next tree lets even an epoch without payments have a root."""
    balance, _ = ClaimBalance.objects.get_or_create(
        token=payout.token, address=payout.address, defaults={"user_id": payout.user_id}
    )
    return balance


def _deliver(batch: SettlementBatch, payouts: list[Payout], transaction_hash: str) -> None:
    for token, of_token in groupby(payouts, key=lambda payout: payout.token):
        rows = list(of_token)
        movements = [(ledger.unclaimed_by(row.user_id), -row.amount) for row in rows]
        movements += [(ledger.claimed_by(row.user_id), row.amount) for row in rows]
        # A place is delivered once, so the first place of the set names the transfer.
        transfer_id = uuid5(batch.pk, f"deliver {token.pk} {rows[0].index}")
        reference = ledger.Reference("batch", str(batch.pk))
        ledger.post(transfer_id, Transfer.Code.DELIVER, token, reference, movements)
    Payout.objects.filter(pk__in=[payout.pk for payout in payouts]).update(
        state=Payout.State.PAID, lane=Payout.Lane.PAY, transaction_hash=transaction_hash
    )
