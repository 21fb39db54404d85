"""A keyed write happens once: its first answer is kept for a week and given again to every repeat."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.exceptions import IdempotencyRefused
from accounts.models import IdempotencyRecord, User

KEPT_FOR = timedelta(days=7)
# A first call that has not answered after this long was killed; the next repeat may run again.
RUNS_AT_MOST = timedelta(seconds=60)
BODY_LIMIT_BYTES = 1024 * 1024
# Answers that say "not now" or "not you" rather than what became of the write.
NOT_KEPT = frozenset({401, 403, 408, 425, 429})


@dataclass(frozen=True)
class Claim:
    """The right to run a keyed write. `started_at` fences off a claim that was taken over meanwhile."""

    record_id: int
    started_at: datetime


def claim_key(user: User, *, key: str, fingerprint: str) -> Claim | HttpResponse:
    """Leave to run, or the first answer. Refused while the first is running, and for other content."""
    if not (0 < len(key) <= 80 and key.isascii() and key.isprintable()):
        raise IdempotencyRefused(
            _("An Idempotency-Key has 1 to 80 printable ASCII characters."), code="idempotency_key_invalid"
        )
    now = timezone.now()
    try:
        with transaction.atomic():
            record = IdempotencyRecord.objects.create(user=user, key=key, fingerprint=fingerprint, status=None)
        return Claim(record.pk, record.created_at)
    except IntegrityError:
        pass
    with transaction.atomic():
        found = IdempotencyRecord.objects.select_for_update().filter(user=user, key=key).first()
        if found is None:
            # The first call failed between our two statements and gave its key back.
            raise _still_running()
        if found.fingerprint != fingerprint:
            raise IdempotencyRefused(_("This Idempotency-Key was used with other content. Take a new one."))
        if found.status is not None:
            return _replay(found)
        if found.created_at > now - RUNS_AT_MOST:
            raise _still_running()
        IdempotencyRecord.objects.filter(pk=found.pk).update(created_at=now)
        return Claim(found.pk, now)


def settle_claim(claim: Claim, response: HttpResponse) -> None:
    """Keep the answer, or give the key back when the write did not happen."""
    mine = IdempotencyRecord.objects.filter(pk=claim.record_id, created_at=claim.started_at, status=None)
    if response.status_code >= 500 or response.status_code in NOT_KEPT or response.streaming:
        mine.delete()
        return
    mine.update(
        status=response.status_code,
        body=response.content,
        content_type=response.headers.get("Content-Type", "")[:80],
    )


def _still_running() -> IdempotencyRefused:
    return IdempotencyRefused(
        _("The first request with this key is still running. Try again in a moment."), code="still_running", status=409
    )


def _replay(record: IdempotencyRecord) -> HttpResponse:
    assert record.status is not None
    response = HttpResponse(bytes(record.body), status=record.status, content_type=record.content_type or None)
    if not record.content_type:
        del response.headers["Content-Type"]
    response.headers["Idempotency-Replayed"] = "true"
    return response
