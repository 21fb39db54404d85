"""What the chain says of payments, written into payouts and the ledger. As many statements for all as for one."""

from collections.abc import Sequence
from functools import partial
from uuid import uuid5

from django.db import connection, transaction
from django.db.models import Min, QuerySet

from accounts.domain.notice import notify_by_mail
from rewards.chain import events
from rewards.chain.client import ChainClient
from rewards.chain.log_ranges import read_range
from rewards.domain import ledger
from rewards.models import ChainIntent, LedgerAccount, Payout, SettlementBatch, Token, Transfer
from rewards.tasks import tell_refused

Kind = LedgerAccount.Kind


def record_run(batch: SettlementBatch, *, start: int, flags: Sequence[bool], transaction_hash: str) -> None:
    """The bits of a confirmed run: what is set is delivered, what is unset moves to the claim lane."""
    sent = batch.payouts.filter(lane=Payout.Lane.PAY, state=Payout.State.FROZEN)
    deliver(batch, sent.filter(index__in=_places(start, flags, True)), transaction_hash)
    refused = batch.payouts.filter(
        lane=Payout.Lane.PAY, state=Payout.State.FROZEN, index__in=_places(start, flags, False)
    )
    places = [index for index in refused.values_list("index", flat=True) if index is not None]
    if places:
        open_claim_balances(batch, places)
        refused.update(lane=Payout.Lane.CLAIM)
        # A letter each takes long, and a mail server that is away must not keep others from being paid.
        transaction.on_commit(partial(tell_refused.delay, str(batch.pk), places), robust=True)


def deliver(batch: SettlementBatch, paid: QuerySet[Payout], transaction_hash: str) -> None:
    """These payouts of the batch are in their wallets."""
    firsts = paid.order_by().values("token").annotate(first=Min("index"))
    for row in list(firsts):
        token = Token.objects.select_related("chain").get(pk=row["token"])
        ledger.move_all(
            # A place is delivered once by one transaction, so the first place of the set and that name the transfer.
            uuid5(batch.pk, f"deliver {token.pk} {row['first']} {transaction_hash}"),
            Transfer.Code.DELIVER,
            token,
            ledger.Reference("batch", str(batch.pk)),
            leaving=Kind.UNCLAIMED,
            entering=Kind.CLAIMED,
            owed=paid.filter(token=token).values_list("user_id", "amount"),
        )
    paid.update(state=Payout.State.PAID, lane=Payout.Lane.PAY, transaction_hash=transaction_hash)


def open_claim_balances(batch: SettlementBatch, places: Sequence[int]) -> None:
    """Rows at zero where there are none: their leaves let even an epoch without payments have a root."""
    if not places:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO rewards_claimbalance (token_id, address, cumulative, claimed)
            SELECT DISTINCT token_id, address, 0, 0 FROM rewards_payout WHERE batch_id = %s AND index = ANY(%s)
             ORDER BY token_id, address
                ON CONFLICT (token_id, address) DO NOTHING
            """,
            [batch.pk, list(places)],
        )


def run_transaction(batch: SettlementBatch, index: int, client: ChainClient) -> str:
    """The last transaction that paid a run with this place in it."""
    return transaction_of(runs_paid(batch, client), index)


def runs_paid(batch: SettlementBatch, client: ChainClient) -> list[events.RunPaid]:
    """As far as the node has read, in ranges as wide as it lets us ask for."""
    chain = batch.chain
    proposed = batch.intents.filter(kind=ChainIntent.Kind.PROPOSE).exclude(transaction_hash="").first()
    first = (proposed and proposed.block_number) or chain.deployed_block
    last = client.block_number()
    found: list[events.RunPaid] = []
    while first <= last:
        part, until = read_range(
            chain.chain_id, first, last, partial(client.settlement_events, chain.settlement_address)
        )
        found += [event for event in part if isinstance(event, events.RunPaid) and event.epoch == batch.epoch]
        first = until + 1
    return found


def transaction_of(runs: Sequence[events.RunPaid], index: int) -> str:
    hashes = [run.at.transaction_hash for run in runs if run.start <= index < run.start + run.count]
    return hashes[-1] if hashes else ""


def _places(start: int, flags: Sequence[bool], wanted: bool) -> list[int]:
    return [start + n for n, flag in enumerate(flags) if flag is wanted]


def tell(batch: SettlementBatch, places: Sequence[int]) -> None:
    """By letter, those whose payment was refused, if they have an address. The earnings page says it to everybody."""
    for payout in batch.payouts.filter(index__in=places).select_related("user", "token__chain"):
        notify_by_mail(payout.user, "payment_refused", {"payout": payout, "path": "/earnings/"})
