"""How far the money is on its way: from the wallet to as many confirmations as the chain wants."""

from dataclasses import dataclass

from rewards.models import ChainEvent, Escrow

SHOWN_DEPOSITS = 20


@dataclass(frozen=True)
class Arrival:
    """A deposit, and how deep it is. `confirmations` is None while no block holds it."""

    transaction_hash: str
    amount_minor: int | None
    confirmations: int | None
    wanted: int
    is_credited: bool
    refused_reason: str


def arrivals(escrow: Escrow) -> list[Arrival]:
    """What was seen on chain, and what somebody announced that the chain has not shown yet."""
    chain = escrow.token.chain
    events = ChainEvent.objects.filter(chain=chain, name="Funded", arguments__project=escrow.chain_key)
    deposits = {row.transaction_hash: row for row in escrow.deposits.order_by("-pk")[:SHOWN_DEPOSITS]}
    found = []
    for event in events.order_by("block_number", "log_index")[:SHOWN_DEPOSITS]:
        deposit = deposits.pop(event.transaction_hash, None)
        depth = chain.confirmations if event.is_applied else max(0, chain.indexed_block - event.block_number)
        found.append(
            Arrival(
                transaction_hash=event.transaction_hash,
                amount_minor=int(event.arguments["amount"]),
                confirmations=min(depth, chain.confirmations),
                wanted=chain.confirmations,
                is_credited=bool(deposit and deposit.transfer_id),
                refused_reason=deposit.refused_reason if deposit else "",
            )
        )
    for row in deposits.values():
        minor = None if row.amount is None else int(row.amount)
        found.append(
            Arrival(row.transaction_hash, minor, None, chain.confirmations, bool(row.transfer_id), row.refused_reason)
        )
    return found
