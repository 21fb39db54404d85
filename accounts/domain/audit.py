"""The one way an AuditEntry is written."""

from typing import Any

from accounts.models import AuditEntry, Team, User
from lib.request_id import current_request_id


def record(
    action: str,
    *,
    actor: User | None,
    object_kind: str,
    object_id: object,
    team: Team | None = None,
    changes: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Leave a trace of a deed, inside the deed's own transaction."""
    return AuditEntry.objects.create(
        actor=actor,
        action=action,
        object_kind=object_kind,
        object_id=str(object_id),
        team=team,
        changes=changes or {},
        reason=reason,
        request_id=current_request_id(),
    )
