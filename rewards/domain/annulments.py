"""A batch whose root can never be payable: what it froze goes back to what people have earned, once.

Either the guardian vetoed its root, or an escrow turned out unable to pay before the root was proposed. Both are sure:
a vetoed root is gone from the contract and its epoch is used up; a root that was never signed is known to nobody.
"""

import logging
from collections import defaultdict
from uuid import UUID, uuid5

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.domain import audit
from rewards.domain import alerts, batch_states, holds, intents, ledger
from rewards.exceptions import RewardsError
from rewards.models import ChainIntent, Earning, Escrow, Payout, PayoutRequest, SettlementBatch, Token, Transfer

log = logging.getLogger(__name__)
Kind = ChainIntent.Kind
State = ChainIntent.State


class NotAnnullable(RewardsError):
    """Something of the batch was delivered, or may still be."""

    code = "not_annullable"


def end_vetoed(batch: SettlementBatch) -> None:
    """Called under the signer's lock, when the chain says at a confirmed block that the root was vetoed."""
    _take_back(batch)
    batch.state, batch.held_reason, batch.finished_at = SettlementBatch.State.VETOED, "", timezone.now()
    batch.save(update_fields=["state", "held_reason", "finished_at"])
    audit.record(
        "batch.vetoed", actor=None, object_kind="batch", object_id=batch.pk,
        changes={"epoch": batch.epoch, "root": batch.root, "payments": batch.payment_count},
    )  # fmt: skip
    alerts.tell_finance_admins(
        format_lazy(_("The guardian vetoed epoch {epoch}: nobody was paid by it"), epoch=batch.epoch),
        detail=f"root {batch.root}, {batch.payment_count} payments",
        advice=_(
            "Its payments are back among what people have earned, and the next batch takes them up by itself. Ask the"
            " guardian why, and stop the chain if the next root should not be proposed."
        ),
        path=f"/finance/batches/{batch.pk}/",
    )


def can_withdraw(batch: SettlementBatch) -> bool:
    """Nothing but releases was ever signed for it."""
    return not batch.intents.exclude(kind=Kind.RELEASE).exclude(state=State.NEW, attempts=None).exists()


def withdraw(batch: SettlementBatch, refused: dict[Escrow, str]) -> None:
    """Before its root is proposed: these escrows cannot pay. The next batch is frozen without them, at once.

    The batch was never heard of outside, so it is forgotten; what it released already stays released.
    """
    if not can_withdraw(batch):
        raise NotAnnullable("A batch is withdrawn only before its root is signed.")
    _mark(refused, "%s is frozen again without escrow %s: %s", batch)
    _take_back(batch)
    audit.record(
        "batch.withdrawn", actor=None, object_kind="batch", object_id=batch.pk,
        changes={"epoch": batch.epoch, "escrows": {str(escrow.pk): words for escrow, words in refused.items()}},
    )  # fmt: skip
    _detach_releases(batch, refused)
    batch.delete()


def go_on_without(release: ChainIntent, refused: dict[Escrow, str]) -> None:
    """A reorganisation lost its release, and the client took the money back: a person has seen to what is missing.

    Its root is signed, so its payments stand. What the platform is owed for it stays on record with the escrow.
    """
    batch = release.batch
    _mark(refused, "%s goes on without the release of escrow %s: %s", batch)
    _detach([release], refused)
    others = ChainIntent.objects.filter(batch=batch).order_by("-pk")
    if batch is not None and (last := others.first()):
        batch_states.follow_batch(last)  # it may have been the last that was missing


def _mark(refused: dict[Escrow, str], message: str, batch: SettlementBatch | None) -> None:
    for escrow, words in refused.items():
        Escrow.objects.filter(pk=escrow.pk).update(release_refused=words)
        log.warning(message, batch, escrow.pk, words)


def _take_back(batch: SettlementBatch) -> None:
    _take_back_credits(batch)
    payouts = list(batch.payouts.select_related("token").order_by("token", "index"))
    if any(payout.state != Payout.State.FROZEN or payout.credit_batch_id for payout in payouts):
        raise NotAnnullable(f"Epoch {batch.epoch} has delivered something already.")
    of_token: dict[UUID, list[Payout]] = defaultdict(list)
    for payout in payouts:
        of_token[payout.token_id].append(payout)
    for rows in of_token.values():
        _move_back_to_earned(batch, rows[0].token, rows)
    Earning.objects.filter(payout__batch=batch).update(payout=None)
    _open_requests_again(batch)
    batch.payouts.all().delete()
    batch.intents.filter(state__in=[State.NEW, State.HELD], attempts=None).delete()


def _move_back_to_earned(batch: SettlementBatch, token: Token, payouts: list[Payout]) -> None:
    movements = [(ledger.unclaimed_by(payout.user_id), -payout.amount) for payout in payouts]
    movements += [(ledger.earned_by(payout.user_id), payout.amount) for payout in payouts]
    reference = ledger.Reference("batch", str(batch.pk))
    ledger.post(uuid5(batch.pk, f"annul {token.pk}"), Transfer.Code.CORRECT, token, reference, movements)


def _open_requests_again(batch: SettlementBatch) -> None:
    """Whoever asked to be paid now is served by the next batch, also if they have asked once more meanwhile."""
    asked_again = PayoutRequest.objects.filter(user=OuterRef("user"), chain=OuterRef("chain"), batch=None)
    batch.requests.filter(Exists(asked_again)).delete()
    batch.requests.update(batch=None)


UNCREDIT = """
UPDATE rewards_claimbalance balance SET cumulative = balance.cumulative - credited.total
  FROM (SELECT token_id, address, sum(amount) AS total FROM rewards_payout
         WHERE credit_batch_id = %s GROUP BY token_id, address) credited
 WHERE balance.token_id = credited.token_id AND balance.address = credited.address
"""


def _take_back_credits(batch: SettlementBatch) -> None:
    """What this root would have made claimable, failed pushes of earlier epochs too: the next one credits it again."""
    with connection.cursor() as cursor:
        cursor.execute(UNCREDIT, [batch.pk])
    batch.credits.update(credit_batch=None)


def _detach_releases(batch: SettlementBatch, refused: dict[Escrow, str]) -> None:
    """Those that are confirmed stay on record. One that was tried in vain is held for the bad due alone."""
    _detach(list(batch.intents.exclude(state=State.CONFIRMED)), refused)
    batch.intents.update(batch=None)


def _detach(releases: list[ChainIntent], refused: dict[Escrow, str]) -> None:
    escrow, words = next(iter(refused.items()))
    # It may also have been released early already, as one that its client is closing: once is enough.
    escrow.intents.filter(kind=Kind.RELEASE, state=State.NEW, attempts=None).delete()
    for intent in releases:
        intents.narrow_release(intent, escrow)
        holds.hold_intent(intent, held_for=ChainIntent.HeldFor.REVERTS, reason=words)
