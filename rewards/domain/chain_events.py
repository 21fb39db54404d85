"""What an event of our contracts, deep enough to stay, means for the books. Called inside a transaction."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid5

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from eth_utils import to_checksum_address

from rewards.domain import alerts, ledger, locks
from rewards.domain.escrows import close_if_empty, reference_of
from rewards.exceptions import RewardsError
from rewards.models import ChainEvent, ClaimBalance, Deposit, Escrow, Payout, Token, Transfer

# Transfers made from events get their ids from the event's own place, so that no event is posted twice.
NAMESPACE = UUID("5f0b9f3c-0d7c-5e43-9d6d-6f6767617261")


class ImpossibleEvent(RewardsError):
    """The chain says what the books exclude: a person has to look."""

    code = "books_and_chain_differ"


def apply_event(event: ChainEvent) -> None:
    handler = HANDLERS.get(event.name)
    if handler is not None:
        handler(event)


def transfer_id_of(event: ChainEvent) -> UUID:
    """By its place when it is applied; another one when it was taken back and its block has returned."""
    found = uuid5(NAMESPACE, f"{event.chain_id}:{event.block_hash}:{event.log_index}")
    while Transfer.objects.filter(pk=_taken_back(found)).exists():
        found = uuid5(found, "once more")
    return found


def _post(
    event: ChainEvent, code: str, token: Token, reference: ledger.Reference, movements: list[tuple[ledger.Place, int]]
) -> Transfer:
    """Kept with the event, which may move to another block in a reorganisation."""
    event.transfer = ledger.post(transfer_id_of(event), code, token, reference, movements)
    event.save(update_fields=["transfer"])
    return event.transfer


def take_back(event: ChainEvent) -> None:
    """The opposite of `apply_event`, for an event that its chain has lost. Refused when its money was used since."""
    undo = UNDOERS.get(event.name)
    if undo is not None:
        undo(event)


def _taken_back(transfer_id: UUID) -> UUID:
    return uuid5(transfer_id, "taken back")


def _take_back_transfer(event: ChainEvent) -> bool:
    """False when the event moved nothing."""
    # Those that were applied before events kept their transfers have it at the id of their place.
    kept = event.transfer_id or transfer_id_of(event)
    transfer = Transfer.objects.filter(pk=kept).select_related("token").first()
    if transfer is None:
        return False
    entries = transfer.entries.values_list("account__kind", "account__user_id", "account__escrow_id", "amount")
    movements = [(ledger.Place(kind, user, escrow), -amount) for kind, user, escrow, amount in entries]
    held = ledger.balances(transfer.token, [place for place, _minor in movements])
    may_be_below = {ledger.Kind.DEPOSITS, ledger.Kind.SHORTFALL}
    if any(held[place] + minor < 0 for place, minor in movements if place.kind not in may_be_below):
        raise ImpossibleEvent(
            f"{event} ({event.transaction_hash}) is gone from the chain, and its money was used since. Wait until it is"
            " on the chain again, or have it paid again."
        )
    reference = ledger.Reference(transfer.reference_kind, transfer.reference_id)
    ledger.post(_taken_back(transfer.pk), Transfer.Code.CORRECT, transfer.token, reference, movements)
    return True


def _opened(event: ChainEvent) -> None:
    escrow = _escrow_of(event)
    if escrow is None:
        return
    escrow.opened_transaction = event.transaction_hash
    escrow.refused_reason = _breach_of_quote(escrow, event)
    if not escrow.refused_reason:
        escrow.daily_cap = int(event.arguments["cap"])
    escrow.save(update_fields=["opened_transaction", "refused_reason", "daily_cap"])


def _breach_of_quote(escrow: Escrow, event: ChainEvent) -> str:
    """How the opening differs from the quote, in words for the client; empty when it does not."""
    said = event.arguments
    if escrow.state == Escrow.State.CLOSED:
        return "It was opened after it had been closed here."
    if said["token"].lower() != escrow.token.address.lower():
        return f"It was opened with the token {said['token']}, not with {escrow.token.address}."
    if int(said["fee_bps"]) != escrow.fee_bps:
        return f"It was opened with a fee of {said['fee_bps']} basis points, not {escrow.fee_bps}."
    if int(said["cap"]) < escrow.required:
        return "Its daily cap is below its price: it could not pay everyone on one day."
    return ""


def _funded(event: ChainEvent) -> None:
    escrow = _escrow_of(event)
    if escrow is None:
        return
    amount = int(event.arguments["amount"])
    deposit = _deposit_row(escrow, event)
    deposit.amount, deposit.log_index = amount, event.log_index
    deposit.refused_reason = escrow.refused_reason
    if not escrow.refused_reason:
        movements = [(ledger.DEPOSITS, -amount), (ledger.free_of(escrow.pk), amount)]
        deposit.transfer = _post(event, Transfer.Code.DEPOSIT, escrow.token, reference_of(escrow), movements)
        escrow.deposited += amount
        if escrow.state == Escrow.State.QUOTED and escrow.deposited >= escrow.required:
            escrow.state = Escrow.State.FUNDED
        escrow.save(update_fields=["deposited", "state"])
    deposit.save()


def move_to(event: ChainEvent, again: ChainEvent) -> None:
    """The same fact in another block. Its deposit is found by its place in the log."""
    seen = Deposit.objects.filter(
        escrow__token__chain=event.chain_id, transaction_hash=event.transaction_hash, log_index=event.log_index
    )
    if event.name == "Funded":
        seen.update(log_index=again.log_index)
    event.block_number, event.block_hash, event.log_index = again.block_number, again.block_hash, again.log_index
    event.save(update_fields=["block_number", "block_hash", "log_index"])


def _deposit_row(escrow: Escrow, event: ChainEvent) -> Deposit:
    """The row that a person announced, else a new one."""
    announced = escrow.deposits.filter(transaction_hash=event.transaction_hash, log_index=None).first()
    return announced or Deposit(escrow=escrow, transaction_hash=event.transaction_hash)


def _closing(event: ChainEvent) -> None:
    escrow = _escrow_of(event)
    if escrow is None or event.arguments["by"].lower() != escrow.funder_address.lower():
        return
    # Taking back what was refused is no end of the undertaking: it can be quoted and funded anew.
    if escrow.refused_reason:
        return
    # Nothing is stopped here: until that moment accepted work is still released. The upper app reads the row.
    escrow.client_closing_at = datetime.fromtimestamp(int(event.arguments["at_time"]), UTC)
    escrow.save(update_fields=["client_closing_at"])


def _refunded(event: ChainEvent) -> None:
    """From what is free; then, when the client closed on chain by itself, from what was reserved and not yet earned.

    What had been earned and was not released in time is missing: a shortfall, which the platform owes.
    """
    escrow = _escrow_of(event)
    if escrow is None or escrow.refused_reason:
        return
    amount = int(event.arguments["amount"])
    free, committed = ledger.free_of(escrow.pk), ledger.committed_of(escrow.pk)
    held = ledger.balances(escrow.token, [free, committed])
    from_free = min(amount, held[free])
    from_committed = min(amount - from_free, held[committed])
    missing = amount - from_free - from_committed
    movements = [(free, -from_free), (committed, -from_committed), (ledger.REFUNDS, amount)]
    if missing:
        movements.append((ledger.Place(ledger.Kind.SHORTFALL, escrow_id=escrow.pk), -missing))
        _tell_of_shortfall(escrow, event, missing)
    _post(event, Transfer.Code.REFUND, escrow.token, reference_of(escrow), movements)
    escrow.refunded += amount
    close_if_empty(escrow)
    escrow.save(update_fields=["refunded", "state"])


def _tell_of_shortfall(escrow: Escrow, event: ChainEvent, missing: int) -> None:
    """It stays this escrow's affair: its earnings wait, everybody else's go on."""
    escrow.release_refused = f"Its client took back {missing} minor units that had been earned."
    escrow.save(update_fields=["release_refused"])
    alerts.tell_finance_admins(
        _("A client took back money on chain that people had earned"),
        detail=f"escrow {escrow.pk} of {escrow.team}: {missing} minor units of {escrow.token.symbol},"
        f" in {event.transaction_hash}",
        advice=_(
            "These earnings wait, and everybody else is paid. Ask the client to fund them again, or pay for them."
        ),
        path=f"/finance/escrows/{escrow.pk}/",
    )


def _claimed(event: ChainEvent) -> None:
    said = event.arguments
    claim = _balance_of(event).first()
    cumulative, amount = int(said["cumulative"]), int(said["amount"])
    covered = _newly_covered(claim, cumulative) if claim else []
    if claim is None or sum(payout.amount for payout in covered) != amount or claim.claimed + amount != cumulative:
        raise ImpossibleEvent(f"{said['account']} claimed {amount} in {event.transaction_hash}, which no root allows.")
    movements = [(ledger.unclaimed_by(payout.user_id), -payout.amount) for payout in covered]
    movements += [(ledger.claimed_by(payout.user_id), payout.amount) for payout in covered]
    reference = ledger.Reference("claim", said["account"])
    _post(event, Transfer.Code.DELIVER, claim.token, reference, movements)
    claim.claimed = cumulative
    claim.save(update_fields=["claimed"])
    Payout.objects.filter(pk__in=[payout.pk for payout in covered]).update(
        state=Payout.State.PAID, transaction_hash=event.transaction_hash
    )


def _balance_of(event: ChainEvent) -> QuerySet[ClaimBalance]:
    """Addresses are kept with their checksum everywhere, so that an index finds them."""
    token, account = (to_checksum_address(event.arguments[name]) for name in ("token", "account"))
    found = ClaimBalance.objects.select_for_update(of=("self",)).select_related("token")
    return found.filter(token__chain=event.chain_id, token__address=token, address=account)


def _newly_covered(claim: ClaimBalance, cumulative: int) -> list[Payout]:
    """The payouts between what was claimed before and now. A root's cumulative is always a sum of whole payouts."""
    credited = Payout.objects.filter(token=claim.token, address=claim.address, credit_batch__isnull=False)
    covered, total = [], 0
    for payout in credited.order_by("credit_batch__epoch", "pk"):
        total += payout.amount
        if claim.claimed < total <= cumulative:
            covered.append(payout)
    return covered


def _escrow_of(event: ChainEvent) -> Escrow | None:
    """None for what strangers open on our contract: it is their own."""
    ours = Escrow.objects.filter(chain_key=event.arguments["project"], token__chain=event.chain_id)
    pk = ours.values_list("pk", flat=True).first()
    return locks.lock_escrow(pk) if pk else None


def _not_opened(event: ChainEvent) -> None:
    escrow = _escrow_of(event)
    if escrow is not None:
        escrow.opened_transaction = escrow.refused_reason = ""
        escrow.save(update_fields=["opened_transaction", "refused_reason"])


def _not_funded(event: ChainEvent) -> None:
    escrow = _escrow_of(event)
    if escrow is None:
        return
    if _take_back_transfer(event):
        escrow.deposited -= int(event.arguments["amount"])
        if escrow.state == Escrow.State.FUNDED and escrow.deposited < escrow.required:
            escrow.state = Escrow.State.QUOTED
        escrow.save(update_fields=["deposited", "state"])
    seen = escrow.deposits.filter(transaction_hash=event.transaction_hash, log_index=event.log_index)
    # As if it were only announced.
    seen.update(amount=None, log_index=None, transfer=None, refused_reason="")


def _not_closing(event: ChainEvent) -> None:
    escrow = _escrow_of(event)
    if escrow is not None and event.arguments["by"].lower() == escrow.funder_address.lower():
        escrow.client_closing_at = None
        escrow.save(update_fields=["client_closing_at"])


def _not_refunded(event: ChainEvent) -> None:
    escrow = _escrow_of(event)
    if escrow is None or not _take_back_transfer(event):
        return
    escrow.refunded -= int(event.arguments["amount"])
    if escrow.state == Escrow.State.CLOSED:
        escrow.state = Escrow.State.CLOSING
    escrow.save(update_fields=["refunded", "state"])


def _not_claimed(event: ChainEvent) -> None:
    said = event.arguments
    if not _take_back_transfer(event):
        return
    claim = _balance_of(event).get()
    claim.claimed -= int(said["amount"])
    claim.save(update_fields=["claimed"])
    delivered = Payout.objects.filter(token=claim.token, address=claim.address, credit_batch__isnull=False)
    delivered.filter(transaction_hash=event.transaction_hash, state=Payout.State.PAID).update(
        state=Payout.State.CLAIMABLE, transaction_hash=""
    )


HANDLERS: dict[str, Callable[[ChainEvent], None]] = {
    "Opened": _opened,
    "Funded": _funded,
    "Closing": _closing,
    "Refunded": _refunded,
    "Claimed": _claimed,
}
UNDOERS: dict[str, Callable[[ChainEvent], None]] = {
    "Opened": _not_opened,
    "Funded": _not_funded,
    "Closing": _not_closing,
    "Refunded": _not_refunded,
    "Claimed": _not_claimed,
}
