"""From accepted work to the ledger, in batches. The number of statements does not grow with the number of earnings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from lib.ids import new_id
from rewards.domain import ledger, locks
from rewards.exceptions import RewardsError
from rewards.models import Earning, Escrow, Transfer
from rewards.money import fee_minor


@dataclass(frozen=True, slots=True)
class NewEarning:
    """A piece of work that was accepted: `reference_id` and `reason` together are paid once, whatever is repeated."""

    reference_id: UUID
    reason: str
    user_id: int
    minor: int


class EscrowExhausted(RewardsError):
    """More was earned than the escrow had reserved."""

    code = "escrow_exhausted"


def accrue(escrow_id: UUID, *, earnings: Sequence[NewEarning]) -> int:
    """Record the earnings that are not recorded yet, and move their value and its fee. Returns how many were new."""
    _refuse_nonsense(earnings)
    if not earnings:
        return 0
    with transaction.atomic():
        escrow = locks.lock_escrow(escrow_id)
        transfer_id = new_id()
        earned, count = _insert(escrow, transfer_id, earnings)
        if count:
            _post(escrow, transfer_id, earned)
    return count


def accrue_together(parts: Mapping[UUID, Sequence[NewEarning]]) -> int:
    """Of an undertaking that pays in two tokens: what is earned from both escrows, or from neither."""
    with transaction.atomic():
        locks.lock_escrows(parts)
        return sum(accrue(pk, earnings=parts[pk]) for pk in sorted(parts))


def _refuse_nonsense(earnings: Sequence[NewEarning]) -> None:
    for earning in earnings:
        if isinstance(earning.minor, bool) or not isinstance(earning.minor, int) or earning.minor <= 0:
            raise ValueError("An earning is a whole number of minor units above zero.")
        if earning.reason not in Earning.Reason.values:
            raise ValueError(f"{earning.reason} is no reason to be paid.")


def _insert(escrow: Escrow, transfer_id: UUID, earnings: Sequence[NewEarning]) -> tuple[dict[int, int], int]:
    """What each person newly earned. The transfer follows in the same transaction; its foreign key is deferred."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH added AS (
                INSERT INTO rewards_earning
                       (reference_id, reason, part, user_id, amount, escrow_id, transfer_id, created_at)
                SELECT reference_id, reason, %s, user_id, minor, %s, %s, now()
                  FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::numeric[])
                       AS new (reference_id, reason, user_id, minor)
                ON CONFLICT (reference_id, reason, part) DO NOTHING
                RETURNING user_id, amount
            )
            SELECT user_id, sum(amount), count(*) FROM added GROUP BY user_id
            """,
            [
                escrow.part,
                escrow.pk,
                transfer_id,
                [str(earning.reference_id) for earning in earnings],
                [str(earning.reason) for earning in earnings],
                [earning.user_id for earning in earnings],
                [earning.minor for earning in earnings],
            ],
        )
        rows = cursor.fetchall()
    return {user_id: int(total) for user_id, total, _count in rows}, sum(count for _user, _total, count in rows)


def _post(escrow: Escrow, transfer_id: UUID, earned: dict[int, int]) -> None:
    rewards = sum(earned.values())
    before = escrow.rewarded
    # Of the running total, as on chain: how the work is cut into batches never changes the fee.
    fee = fee_minor(before + rewards, escrow.fee_bps) - fee_minor(before, escrow.fee_bps)
    committed = ledger.committed_of(escrow.pk)
    if ledger.balance(escrow.token, committed) < rewards + fee:
        raise EscrowExhausted(_("The escrow has less in reserve than was earned from it."))
    movements = [(committed, -rewards - fee), (ledger.FEES, fee)]
    movements += [(ledger.earned_by(user_id), minor) for user_id, minor in earned.items()]
    reference = ledger.Reference(escrow.reference_kind, str(escrow.reference_id))
    ledger.post(transfer_id, Transfer.Code.EARN, escrow.token, reference, movements)
    escrow.rewarded = before + rewards
    escrow.save(update_fields=["rewarded"])
