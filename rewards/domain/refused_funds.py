"""Money that was locked otherwise than quoted. It does not count, and only its client can take it back, on chain."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from rewards.chain import calldata
from rewards.domain.escrows import Call
from rewards.models import ChainEvent, Deposit, Escrow, Token


@dataclass(frozen=True)
class RefusedFunds:
    """One opening that was refused, and where its money is. `token` is None when it is none that we know."""

    key: str
    reason: str
    amount_minor: int
    token: Token | None
    token_address: str
    client: str
    closing_at: datetime | None
    refund_transaction: str

    @property
    def is_back(self) -> bool:
        return bool(self.refund_transaction)

    @property
    def is_waiting(self) -> bool:
        """Closed by the client, and the notice is not over."""
        return self.closing_at is not None and self.closing_at > timezone.now()

    def next_call(self, escrow_address: str) -> Call | None:
        """What to send now: its client's close, then, when the notice is over, anybody's refund."""
        key = bytes.fromhex(self.key[2:])
        if self.is_back or self.is_waiting:
            return None
        if self.closing_at is None:
            data, label = calldata.close(key), _("Close the escrow")
        else:
            data, label = calldata.refund(key), _("Send the money back")
        return Call(to=escrow_address, data="0x" + data.hex(), value="0x0", label=label)


def refused_funds(escrow: Escrow) -> list[RefusedFunds]:
    """Every refused opening of this escrow, also those under an earlier quote. Read from the chain's own events."""
    deposits = Deposit.objects.filter(escrow=escrow, log_index__isnull=False).exclude(refused_reason="")
    reasons = {(row.transaction_hash, row.log_index): row.refused_reason for row in deposits}
    if not reasons:
        return []
    hashes = {transaction_hash for transaction_hash, _log in reasons}
    paid = [
        event
        for event in _events(escrow, "Funded").filter(transaction_hash__in=hashes)
        if (event.transaction_hash, event.log_index) in reasons
    ]
    keys = dict.fromkeys(event.arguments["project"] for event in paid)
    return [
        _funds(escrow, key, reasons, [event for event in paid if event.arguments["project"] == key]) for key in keys
    ]


def _funds(
    escrow: Escrow, key: str, reasons: dict[tuple[str, int | None], str], paid: list[ChainEvent]
) -> RefusedFunds:
    told = {event.name: event for event in _events(escrow, "Opened", "Closing", "Refunded", key=key)}
    opened, closing, refunded = told["Opened"].arguments, told.get("Closing"), told.get("Refunded")
    address = opened["token"]
    return RefusedFunds(
        key=key,
        reason=reasons[(paid[0].transaction_hash, paid[0].log_index)],
        amount_minor=sum(int(event.arguments["amount"]) for event in paid),
        token=Token.objects.filter(chain=escrow.token.chain, address__iexact=address).first(),
        token_address=address,
        client=opened["client"],
        closing_at=datetime.fromtimestamp(int(closing.arguments["at_time"]), UTC) if closing else None,
        refund_transaction=refunded.transaction_hash if refunded else "",
    )


def _events(escrow: Escrow, *names: str, key: str = "") -> QuerySet[ChainEvent]:
    found = ChainEvent.objects.filter(chain=escrow.token.chain_id, name__in=names)
    return (found.filter(arguments__project=key) if key else found).order_by("block_number", "log_index")
