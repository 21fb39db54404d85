"""What finance admins set about a token. Which tokens there are is configuration."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from rewards.domain import locks
from rewards.exceptions import RewardsError
from rewards.models import Token

# The most that one payment of a batch can carry.
LARGEST_PUSH = 2**96 - 1


@transaction.atomic
def set_smallest_push(token: Token, *, actor: User, minor: int, reason: str) -> Token:
    """Less than this is not sent by itself: it waits, and becomes a credit to claim. Holds from the next batch on."""
    if not 0 <= minor <= LARGEST_PUSH:
        raise RewardsError(
            _("This is more than one payment can carry."), code="invalid", field="smallest_push", status=422
        )
    token = locks.lock_token(token.pk)
    before = int(token.smallest_push)
    if before != minor:
        token.smallest_push = minor
        token.save(update_fields=["smallest_push"])
        audit.record(
            "token.smallest_push_set", actor=actor, object_kind="token", object_id=token.pk, reason=reason,
            changes={"smallest_push": [str(before), str(minor)]},
        )  # fmt: skip
    return token
