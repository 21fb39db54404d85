"""What an annotator has done on an item so far, kept so that another device can go on with it."""

import json
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from annotation.exceptions import AnnotationError
from annotation.models import Assignment

MAX_DRAFT_BYTES = 256_000


def save_draft(user: User, *, lease_id: UUID, result: dict[str, Any]) -> None:
    """Keep an unfinished answer with its lease. It is not checked: it need not be valid yet."""
    if len(json.dumps(result)) > MAX_DRAFT_BYTES:
        raise AnnotationError(_("This draft is too large to be kept."), code="too_large", field="result", status=422)
    own = Assignment.objects.filter(pk=lease_id, user=user)
    if own.filter(state=Assignment.State.LEASED).update(draft=result):
        return
    if own.exists():
        raise AnnotationError(_("You do not hold this item any more."), code="lease_gone")
    raise AnnotationError(_("There is no such lease."), code="not_found", status=404)
