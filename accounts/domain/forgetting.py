"""What is no longer needed is deleted: used-up challenges, answers kept for repeats, dead invitations, sessions."""

from datetime import timedelta

from django.utils import timezone

from accounts.domain.idempotency import KEPT_FOR
from accounts.models import IdempotencyRecord, Invitation, WalletChallenge

CHALLENGES_KEPT_FOR = timedelta(days=1)
INVITATIONS_KEPT_FOR = timedelta(days=30)


def forget_expired() -> dict[str, int]:
    """How many rows of each kind went."""
    now = timezone.now()
    gone = {
        "challenges": WalletChallenge.objects.filter(expires_at__lt=now - CHALLENGES_KEPT_FOR),
        "idempotency_records": IdempotencyRecord.objects.filter(created_at__lt=now - KEPT_FOR),
        # The audit log keeps that they were sent.
        "invitations": Invitation.objects.filter(expires_at__lt=now - INVITATIONS_KEPT_FOR),
    }
    return {name: rows.delete()[0] for name, rows in gone.items()}
