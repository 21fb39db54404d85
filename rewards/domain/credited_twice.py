"""After a deep reorganisation: a refused push that was credited, and that could be paid by its push after all.

It was credited because its epoch was over and its bit unset. On the new branch the epoch may not be over yet, or its
bit may be set. Going on then could pay both, so the chain stays stopped. docs/operating/settlement.md says what to do.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

from django.db.models import F, Min, QuerySet
from django.utils.translation import gettext as _

from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainRejected
from rewards.chain.reads import SettlementStatus, paid_word, settlement_status
from rewards.domain import deliveries, incidents
from rewards.exceptions import RewardsError
from rewards.models import Chain, ChainAttempt, ChainIntent, Incident, Payout, SettlementBatch

log = logging.getLogger(__name__)
WORD_BITS = 256


class NotYet(RewardsError):
    """The new branch does not allow to go on, or not yet."""

    code = "branch_not_settled"


class EpochNotOver(NotYet):
    """It will be, once our transactions are on the new branch: they were sent again."""

    def __init__(self, message: str, *, ancestor: int, crediting: list[SettlementBatch]) -> None:
        super().__init__(message)
        self.ancestor, self.crediting = ancestor, crediting


class PaidByPush(NotYet):
    """Only a person can decide who gives back what."""

    def __init__(self, message: str, differences: list[incidents.Difference]) -> None:
        super().__init__(message)
        self.differences = differences


def refuse(chain: Chain, client: ChainClient, ancestor: int) -> None:
    """Raises when a credited push can still be paid on the new branch, or is."""
    in_doubt = _in_doubt(chain, client, ancestor)
    paid = [payout for batch in in_doubt for payout in _paid(batch, client)]
    if paid:
        raise PaidByPush(
            _("%(count)d payments that were refused, and credited, are paid on the new branch: see the incidents.")
            % {"count": len(paid)},
            [_difference(payout, client) for payout in paid],
        )
    status = settlement_status(client, chain.settlement_address) if in_doubt else None
    for batch in in_doubt:
        if status is not None and not status.is_expired(batch.epoch):
            raise EpochNotOver(
                _(
                    "Epoch %(epoch)d is not over on the new branch, and refused payments of it are credited: they could"
                    " be paid twice. Our transactions were sent again as they were; try again when they are deep."
                )
                % {"epoch": batch.epoch},
                ancestor=ancestor,
                crediting=list(chain.batches.filter(credits__batch=batch).distinct()),
            )


@contextmanager
def followed_up(chain: Chain, client: ChainClient) -> Iterator[None]:
    """What is done about a refusal, after the transaction that it ended."""
    try:
        yield
    except PaidByPush as refusal:
        incidents.open_incidents(chain, refusal.differences, block_number=client.block_number())
        raise
    except EpochNotOver as refusal:
        _send_again(chain, client, refusal)
        raise


def _in_doubt(chain: Chain, client: ChainClient, ancestor: int) -> list[SettlementBatch]:
    """Batches with a credited push whose epoch was not over for certain where the branches part."""
    batches = chain.batches.filter(payouts__in=_credited()).distinct().select_related("chain").order_by("epoch")
    if not batches:
        return []
    then = _status_at(client, chain, ancestor)
    return [batch for batch in batches if then is None or not then.is_expired(batch.epoch)]


def _status_at(client: ChainClient, chain: Chain, block: int) -> SettlementStatus | None:
    """None when there was no contract yet, or the node has forgotten: then everything is in doubt."""
    try:
        return settlement_status(client, chain.settlement_address, block)
    except ChainRejected:
        return None


def _credited() -> QuerySet[Payout]:
    return Payout.objects.filter(credit_batch__isnull=False, index__isnull=False)


def _paid(batch: SettlementBatch, client: ChainClient) -> list[Payout]:
    found = []
    credited = _credited().filter(batch=batch).select_related("token", "credit_batch", "batch__chain").order_by("index")
    for word, of_word in groupby(credited, key=lambda payout: (payout.index or 0) // WORD_BITS):
        bits = paid_word(client, batch.chain.settlement_address, batch.epoch, word)
        found += [payout for payout in of_word if bits >> (payout.index or 0) % WORD_BITS & 1]
    return found


def _difference(payout: Payout, client: ChainClient) -> incidents.Difference:
    batch, credited = payout.batch, payout.credit_batch
    return incidents.Difference(
        Incident.Kind.PAID_TWICE,
        payout.token,
        payout.address,
        deliveries.run_transaction(batch, payout.index or 0, client),
        f"{payout.amount} units of epoch {batch.epoch}, place {payout.index}, were refused and then credited in epoch"
        f" {credited.epoch if credited else '?'}. A reorganisation made the payment good: if that root becomes active"
        " too, the same money can be claimed.",
    )


def _send_again(chain: Chain, client: ChainClient, refusal: EpochNotOver) -> None:
    """The stored bytes, lowest nonce first, so that the epochs come to their end; not the root with the credit."""
    before = ChainIntent.objects.filter(batch__in=refusal.crediting).aggregate(first=Min("nonce"))["first"]
    lost = chain.intents.filter(state=ChainIntent.State.CONFIRMED, block_number__gt=refusal.ancestor)
    attempts = ChainAttempt.objects.filter(intent__in=lost, nonce=F("intent__nonce")).order_by("nonce", "-pk")
    if before is not None:
        attempts = attempts.filter(nonce__lt=before)
    for attempt in attempts:
        try:
            client.send_raw(bytes.fromhex(attempt.raw[2:]))
        except ChainRejected as error:
            log.info("Attempt %s is not taken again: %s", attempt, error.detail)
