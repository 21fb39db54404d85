"""A keyed write happens once: its first answer is kept for a week and given again to every repeat.

The answer is kept after the write is committed, and whoever keeps it can be killed in between. So the write itself
says, in its own transaction, that it happened (`WriteMark`): its repeat is told that the answer is lost, and never runs
again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.exceptions import IdempotencyRefused
from accounts.models import IdempotencyRecord, User
from lib.api.problems import problem_json

KEPT_FOR = timedelta(days=7)
# A first call that has not answered after this long was killed; the next repeat may run again if nothing was written.
RUNS_AT_MOST = timedelta(seconds=60)
BODY_LIMIT_BYTES = 1024 * 1024
KEPT_ANSWER_LIMIT_BYTES = 64 * 1024
# Answers that say "not now" or "not you" rather than what became of the write.
NOT_KEPT = frozenset({401, 403, 408, 425, 429})


@dataclass(frozen=True)
class Claim:
    """The right to run a keyed write. `started_at` fences off a claim that was taken over meanwhile."""

    record_id: int
    started_at: datetime


# Statements that begin otherwise are taken for writes: to mark one too many costs a repeat its second run, no more.
READS = frozenset({"SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "SHOW", "DECLARE", "FETCH", "CLOSE"})


class WriteMark:
    """Stands around the statements of a keyed call (`connection.execute_wrapper`). Before the first write of each
    transaction it sets the mark in the same transaction: both are committed, or neither is. A call whose key was taken
    over meanwhile is stopped there. A write outside any transaction is not marked; verbs make none."""

    def __init__(self) -> None:
        self.claim: Claim | None = None
        self._is_marking = False
        # Django forgets this with the transaction or savepoint it was registered in, as the database does the mark.
        self._witness: Callable[[], None] = lambda: None

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if self.claim is not None and _may_write(sql) and not self._is_marked(context["connection"]):
            self._mark(self.claim)
        return execute(sql, params, many, context)

    def _is_marked(self, connection: Any) -> bool:
        if self._is_marking or not connection.in_atomic_block:
            return True
        return any(registered[1] is self._witness for registered in connection.run_on_commit)

    def _mark(self, claim: Claim) -> None:
        self._is_marking = True
        try:
            is_mine = _running(claim).update(is_written=True)
        finally:
            self._is_marking = False
        if not is_mine:
            raise _still_running()
        transaction.on_commit(self._witness)


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
        # Skipped while the first call holds its mark in an open transaction.
        found = IdempotencyRecord.objects.select_for_update(skip_locked=True).filter(user=user, key=key).first()
        if found is None:
            # Or it failed between our two statements and gave its key back.
            raise _still_running()
        if found.fingerprint != fingerprint:
            raise IdempotencyRefused(_("This Idempotency-Key was used with other content. Take a new one."))
        if found.status is not None:
            return _replay(found)
        if found.created_at > now - RUNS_AT_MOST:
            raise _still_running()
        if found.is_written:
            raise _answer_not_kept()
        IdempotencyRecord.objects.filter(pk=found.pk).update(created_at=now)
        return Claim(found.pk, now)


def settle_claim(claim: Claim, response: HttpResponse) -> None:
    """Keep the answer, or give the key back when the write did not happen."""
    is_answer = response.status_code < 500 and response.status_code not in NOT_KEPT and not response.streaming
    if not is_answer:
        _running(claim).filter(is_written=False).delete()
    if not is_answer or len(response.content) > KEPT_ANSWER_LIMIT_BYTES:
        response = problem_json(_answer_not_kept())
    _running(claim).update(
        status=response.status_code,
        body=response.content,
        content_type=response.headers.get("Content-Type", "")[:80],
    )


def _running(claim: Claim) -> QuerySet[IdempotencyRecord]:
    return IdempotencyRecord.objects.filter(pk=claim.record_id, created_at=claim.started_at, status=None)


def _may_write(sql: Any) -> bool:
    words = sql.split(None, 1) if isinstance(sql, str) else []
    return not words or words[0].upper().rstrip(";") not in READS


def _still_running() -> IdempotencyRefused:
    return IdempotencyRefused(
        _("The first request with this key is still running. Try again in a moment."), code="still_running", status=409
    )


def _answer_not_kept() -> IdempotencyRefused:
    return IdempotencyRefused(
        _(
            "The first request with this key was carried out, and its answer is not kept. Look at what became of it"
            " before you ask again with a new key."
        ),
        code="answer_not_kept",
        status=409,
    )


def _replay(record: IdempotencyRecord) -> HttpResponse:
    assert record.status is not None
    response = HttpResponse(bytes(record.body), status=record.status, content_type=record.content_type or None)
    if not record.content_type:
        del response.headers["Content-Type"]
    response.headers["Idempotency-Replayed"] = "true"
    return response
