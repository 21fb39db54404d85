"""Where the unused money of an escrow is on its way back to its client. Never writes."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from rewards.models import ChainEvent, ChainIntent, Escrow
from rewards.queries import EscrowStatement
from rewards.references import Undertaking


class Stage(models.TextChoices):
    NOTHING = "nothing", _("Nothing is locked")
    POSSIBLE = "possible", _("Not asked for")
    WORK = "work", _("Work on its way is judged and paid first")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent; the chain confirms it")
    DONE = "done", _("Given back")


@dataclass(frozen=True, slots=True)
class Refund:
    """`least_minor` comes back for certain, up to `most_minor` when nothing of what is reserved is earned any more."""

    stage: Stage
    least_minor: int
    most_minor: int
    refunded_minor: int
    asked_at: datetime | None
    transactions: list[str]


def refund_of(escrow: Escrow, said: EscrowStatement, undertaking: Undertaking | None) -> Refund:
    sent = _transactions(escrow)
    return Refund(
        stage=_stage(escrow, undertaking, is_sent=bool(sent)),
        least_minor=said.free,
        most_minor=said.free + said.committed,
        refunded_minor=said.refunded,
        asked_at=undertaking.ending_at if undertaking else None,
        transactions=sent,
    )


def _stage(escrow: Escrow, undertaking: Undertaking | None, *, is_sent: bool) -> Stage:
    if escrow.state == Escrow.State.CLOSED:
        return Stage.DONE if escrow.deposited else Stage.NOTHING
    if escrow.state == Escrow.State.CLOSING:
        return Stage.SENT if is_sent else Stage.SENDING
    if not escrow.deposited:
        return Stage.NOTHING
    return Stage.WORK if undertaking and undertaking.ending_at else Stage.POSSIBLE


def _transactions(escrow: Escrow) -> list[str]:
    """What we sent, and what anybody else sent: a refund is everybody's to send, and only the client's to get."""
    ours = escrow.intents.filter(kind=ChainIntent.Kind.REFUND).exclude(transaction_hash="").order_by("pk")
    seen = ChainEvent.objects.filter(
        chain=escrow.token.chain_id, name="Refunded", arguments__project=escrow.chain_key
    ).order_by("block_number", "log_index")
    hashes = [*ours.values_list("transaction_hash", flat=True), *seen.values_list("transaction_hash", flat=True)]
    return list(dict.fromkeys(hashes))
