"""What only operators do to people: rights, suspension. Each leaves a trace."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain import api_key, audit, locks
from accounts.domain.notice import notify_by_mail
from accounts.exceptions import AccountsError
from accounts.models import User
from accounts.queries import live_keys_of

RIGHTS = ("is_staff", "is_superuser", "is_quality_admin", "is_finance_admin")


@transaction.atomic
def grant_rights(user: User, *, by: User | None, **rights: bool) -> User:
    """Set a person's rights. Only a superuser may (None: a command of the operator), and never his own."""
    unknown = set(rights) - set(RIGHTS)
    if unknown:
        raise ValueError(f"There are no rights named {', '.join(sorted(unknown))}.")
    if by is not None and (not by.is_superuser or by.pk == user.pk):
        raise AccountsError(_("Only another superuser may change these rights."), code="not_superuser", status=403)
    locked = locks.lock_user(user.pk)
    changed = {name: [getattr(locked, name), value] for name, value in rights.items() if getattr(locked, name) != value}
    for name, (_before, after) in changed.items():
        setattr(locked, name, after)
    if changed:
        locked.save(update_fields=list(changed))
        audit.record("user.rights_changed", actor=by, object_kind="user", object_id=user.public_id, changes=changed)
    if any(after for _before, after in changed.values()):
        # They were made by somebody who could do less, perhaps without a second factor.
        for key in live_keys_of(locked):
            api_key.revoke_key(key, by=by or locked)
    return locked


@transaction.atomic
def suspend_person(user: User, *, by: User, reason: str) -> User:
    """No new work. What was earned stays his, and can be claimed."""
    return _set_suspended(user, True, by=by, reason=reason)


@transaction.atomic
def reinstate_person(user: User, *, by: User, reason: str) -> User:
    return _set_suspended(user, False, by=by, reason=reason)


def _set_suspended(user: User, suspended: bool, *, by: User, reason: str) -> User:
    if not reason.strip():
        raise AccountsError(_("Say why: the person will read it."), code="invalid", field="reason", status=422)
    locked = locks.lock_user(user.pk)
    if locked.is_suspended != suspended:
        locked.is_suspended = suspended
        locked.save(update_fields=["is_suspended"])
        action = "user.suspended" if suspended else "user.reinstated"
        audit.record(action, actor=by, object_kind="user", object_id=user.public_id, reason=reason)
        notify_by_mail(locked, "suspended" if suspended else "reinstated", {"reason": reason})
    return locked
