"""allauth's signals that must leave a trace: who signed up, and changes to how a person signs in."""

from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from django.dispatch import receiver

from accounts.domain import audit, person
from accounts.models import User


@receiver(account_signals.user_signed_up)
def record_sign_up(user: User, **kwargs: Any) -> None:
    # Without an address the person came by wallet, and wallet.py has recorded it.
    if user.email:
        person.record_sign_up(user, by="password")


@receiver(account_signals.password_changed)
@receiver(account_signals.password_set)
@receiver(account_signals.password_reset)
def record_password(user: User, **kwargs: Any) -> None:
    _record("password.changed", user)


@receiver(account_signals.email_changed)
def record_email(user: User, to_email_address: Any, **kwargs: Any) -> None:
    _record("email.changed", user, {"email": to_email_address.email})


@receiver(mfa_signals.authenticator_added)
def record_authenticator_added(user: User, authenticator: Any, **kwargs: Any) -> None:
    _record("second_factor.added", user, {"type": authenticator.type})


@receiver(mfa_signals.authenticator_removed)
def record_authenticator_removed(user: User, authenticator: Any, **kwargs: Any) -> None:
    _record("second_factor.removed", user, {"type": authenticator.type})


def _record(action: str, user: User, changes: dict[str, Any] | None = None) -> None:
    audit.record(action, actor=user, object_kind="user", object_id=user.public_id, changes=changes)
