"""People: sign up, establish who asks without a session, change a profile."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import SignupForm
from allauth.account.models import EmailAddress
from allauth.mfa.base.forms import AuthenticateForm
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.access import is_staff_of_any_kind
from accounts.domain import audit, locks
from accounts.exceptions import SignInRefused
from accounts.models import User
from accounts.queries import has_second_factor
from lib.exceptions import FieldError, InvalidInput

PROFILE_FIELDS = ("display_name", "languages", "locale", "time_zone")
# What the workbench may keep for a person; anything else is refused, so that the row stays small.
PREFS: dict[str, type | tuple[type, ...]] = {
    "shortcuts": bool,
    "keymap": dict,
    "sound": bool,
    "autoadvance": bool,
    "font_scale": (int, float),
}
PREFS_KEYMAP_LIMIT = 100


@transaction.atomic
def create_person(
    *, email: str, password: str | None, display_name: str = "", is_verified: bool = False, **fields: Any
) -> User:
    """A person with an e-mail address, for commands and demo data; a visitor goes through sign_up."""
    user = User.objects.create_user(email, password, display_name=display_name, **fields)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=is_verified)
    audit.record("user.signed_up", actor=user, object_kind="user", object_id=user.public_id, changes={"by": "command"})
    return user


def sign_up(request: HttpRequest, *, email: str, password: str) -> None:
    """A new account, which the letter verifies. Says nothing about whether the address had one already."""
    form = SignupForm(data={"email": email, "password1": password, "password2": password})
    if not form.is_valid():
        names = {"password1": "password", "password2": "password"}
        errors = [
            FieldError(names.get(field, field), str(message))
            for field, found in form.errors.items()
            for message in found
        ]
        raise InvalidInput(_("Some fields need mending."), errors)
    with transaction.atomic():
        user, _answer = form.try_save(request)
        if user is not None:
            record_sign_up(user, by="password")
    if user is not None and settings.ACCOUNT_EMAIL_VERIFICATION != "none":
        EmailAddress.objects.get(user=user, primary=True).send_confirmation(request, signup=True)


def record_sign_up(user: User, *, by: str) -> None:
    audit.record("user.signed_up", actor=user, object_kind="user", object_id=user.public_id, changes={"by": by})


def authenticate_by_password(request: HttpRequest, *, email: str, password: str, code: str = "") -> User:
    """Who has this address, password and (when set up) second factor. allauth's rate limits count every try."""
    try:
        user = get_adapter(request).authenticate(request, email=email.strip().lower(), password=password)
    except ValidationError as error:
        raise SignInRefused(" ".join(error.messages), code="too_many_attempts", status=429) from error
    if not isinstance(user, User) or not user.is_active:
        raise SignInRefused(_("The e-mail address or the password is not right."))
    if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory" and not _has_verified_email(user):
        raise SignInRefused(_("Verify your e-mail address first: follow the link we sent."), code="email_unverified")
    check_second_factor(user, code)
    return user


def require_active(user: User) -> None:
    if not user.is_active:
        raise SignInRefused(_("This account is closed."), code="account_closed")


def check_second_factor(user: User, code: str) -> None:
    """Where a second factor is set up, an authenticator or recovery code has to come along. Staff must have one."""
    if not has_second_factor(user):
        if settings.STAFF_NEEDS_SECOND_FACTOR and is_staff_of_any_kind(user):
            raise SignInRefused(
                _("Staff need a second factor: sign in on the site and set one up."), code="second_factor_missing"
            )
        return
    if not code:
        raise SignInRefused(_("Send the code of your second factor too."), code="second_factor_required", field="code")
    form = AuthenticateForm(data={"code": code}, user=user)
    if not form.is_valid():
        raise SignInRefused(_("The code is not right."), code="second_factor_wrong", field="code")


@transaction.atomic
def update_profile(user: User, **changes: Any) -> User:
    """Fields that are left out stay. Leaves a trace, because eligibility asks about languages."""
    locked = locks.lock_user(user.pk)
    changed = {
        name: [getattr(locked, name), value]
        for name, value in changes.items()
        if name in PROFILE_FIELDS and getattr(locked, name) != value
    }
    for name, (_before, after) in changed.items():
        setattr(locked, name, after)
    if changed:
        locked.save(update_fields=list(changed))
        audit.record("profile.changed", actor=user, object_kind="user", object_id=user.public_id, changes=changed)
    return locked


@transaction.atomic
def update_prefs(user: User, prefs: dict[str, Any]) -> dict[str, Any]:
    """Merge; null forgets. Not audited: nobody disputes a keyboard shortcut."""
    errors = [FieldError(name, message) for name, value in prefs.items() if (message := _pref_error(name, value))]
    if errors:
        raise InvalidInput(_("Some fields need mending."), errors)
    locked = locks.lock_user(user.pk)
    merged = {**locked.workbench_prefs, **prefs}
    locked.workbench_prefs = {name: value for name, value in merged.items() if value is not None}
    locked.save(update_fields=["workbench_prefs"])
    return locked.workbench_prefs


def _pref_error(name: str, value: Any) -> str:
    if name not in PREFS:
        return _("There is no such preference.")
    if value is None:
        return ""
    if not isinstance(value, PREFS[name]) or (isinstance(value, bool) and PREFS[name] is not bool):
        return _("This has the wrong type.")
    if isinstance(value, dict):
        fits = len(value) <= PREFS_KEYMAP_LIMIT and all(
            isinstance(k, str) and isinstance(v, str) and len(k) <= 60 and len(v) <= 60 for k, v in value.items()
        )
        return "" if fits else _("A keymap has at most 100 short entries of action and key.")
    return ""


def _has_verified_email(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, verified=True).exists()
