"""API keys: made once, kept as a hash, found by one statement, revoked for good."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import audit, locks
from accounts.exceptions import AccountsError
from accounts.models import ApiKey, Scope, User
from accounts.queries import live_keys_of

PREFIX = "fg_"
SHOWN_CHARACTERS = 10
LIVE_KEYS_LIMIT = 50
LAST_USED_EVERY = timedelta(minutes=5)


def hash_secret(secret: str) -> str:
    # A plain hash is enough: the secret has 256 random bits and cannot be guessed from it.
    return sha256(secret.encode()).hexdigest()


@transaction.atomic
def create_key(
    user: User, *, name: str, scopes: Collection[Scope], expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """The key and its secret, which nobody can read again."""
    locks.lock_user(user.pk)
    if not scopes:
        raise AccountsError(_("Choose at least one scope."), code="invalid", field="scopes", status=422)
    if expires_at is not None and expires_at <= timezone.now():
        raise AccountsError(_("The key would have expired already."), code="invalid", field="expires_at", status=422)
    if live_keys_of(user).count() >= LIVE_KEYS_LIMIT:
        raise AccountsError(_("You have too many keys. Revoke some first."), code="too_many_keys")
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=secret[:SHOWN_CHARACTERS],
        secret_hash=hash_secret(secret),
        scopes=sorted({Scope(scope).value for scope in scopes}),
        expires_at=expires_at,
    )
    audit.record("api_key.created", actor=user, object_kind="api_key", object_id=key.pk,
                 changes={"name": name, "prefix": key.prefix, "scopes": key.scopes})  # fmt: skip
    return key, secret


@transaction.atomic
def revoke_key(key: ApiKey, *, by: User) -> ApiKey:
    """Revoking twice is harmless."""
    locked = locks.lock_key(key.pk)
    if locked.revoked_at is None:
        locked.revoked_at = timezone.now()
        locked.save(update_fields=["revoked_at"])
        audit.record("api_key.revoked", actor=by, object_kind="api_key", object_id=key.pk,
                     changes={"name": locked.name, "prefix": locked.prefix})  # fmt: skip
    return locked


def find_live_key(secret: str) -> ApiKey | None:
    """The key with its person, in one statement; None when revoked, expired, unknown or its person was disabled."""
    now = timezone.now()
    key = (
        ApiKey.objects.select_related("user")
        .filter(Q(expires_at=None) | Q(expires_at__gt=now), secret_hash=hash_secret(secret), revoked_at=None)
        .first()
    )
    if key is None or not key.user.is_active:
        return None
    if key.last_used_at is None or key.last_used_at < now - LAST_USED_EVERY:
        # Seldom enough that a busy key does not turn every read into a write.
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key
