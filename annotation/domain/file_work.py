"""Uploads and exports in the background: one worker at a time, gone on with when it was killed, ended in words when it
cannot go on."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.domain.export import write_export
from annotation.domain.upload import fail_upload
from annotation.domain.upload_check import check_upload
from annotation.domain.upload_import import import_upload
from annotation.models import Export, Upload
from rewards.domain.locks import only_one

logger = logging.getLogger(__name__)
# Beside the kinds of rewards.domain.locks.
FILE_WORK = 0x464F4710
# A task is lost with its worker, or when the broker was away; whoever is still at it is not disturbed.
STALLED_AFTER = timedelta(minutes=2)
AT_ONCE = 100
# A file that kills its workers, by their memory for instance, would be handed out for ever.
MAX_ATTEMPTS = 10


OPEN_UPLOADS = (Upload.State.RECEIVED, Upload.State.CHECKING, Upload.State.IMPORTING)
OPEN_EXPORTS = (Export.State.QUEUED, Export.State.WRITING)
_UPLOAD_GIVEN_UP = gettext_lazy(
    "We tried %(count)d times to read this file, and each time the work stopped without a word. Split it."
)
_EXPORT_GIVEN_UP = gettext_lazy(
    "We tried %(count)d times to write this file, and each time the work stopped without a word. Try later."
)


def run_check(upload_id: UUID) -> None:
    _alone(upload_id, lambda: _upload(upload_id, check_upload))


def run_import(upload_id: UUID) -> None:
    _alone(upload_id, lambda: _upload(upload_id, import_upload))


def run_export(export_id: UUID) -> None:
    _alone(export_id, lambda: _export(export_id))


def stalled_uploads() -> list[tuple[UUID, str]]:
    """(id, state) of the files that wait for a worker and had none for a while."""
    old = Upload.objects.filter(state__in=OPEN_UPLOADS, updated_at__lt=timezone.now() - STALLED_AFTER)
    return list(old.order_by("pk").values_list("pk", "state")[:AT_ONCE])


def stalled_exports() -> list[UUID]:
    old = Export.objects.filter(state__in=OPEN_EXPORTS, created_at__lt=timezone.now() - STALLED_AFTER)
    return list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def _alone(key: UUID, work: Callable[[], object]) -> None:
    """Tasks may come twice: the second leaves while the first is at it."""
    with only_one(FILE_WORK, key.int) as is_ours:
        if is_ours:
            work()


def _upload(upload_id: UUID, work: Callable[[Upload], Upload]) -> None:
    attempts = _count_attempt(Upload.objects.filter(pk=upload_id))
    upload = Upload.objects.filter(pk=upload_id).first()
    if upload is None or upload.state not in OPEN_UPLOADS:
        return  # discarded or done meanwhile
    if attempts > MAX_ATTEMPTS:
        fail_upload(upload, reason=_UPLOAD_GIVEN_UP % {"count": MAX_ATTEMPTS})
        return
    try:
        work(upload)
    except OperationalError:
        raise  # the task tries again
    except Exception:
        logger.exception("Upload %s cannot be gone on with.", upload_id)
        still = Upload.objects.filter(pk=upload_id).first()
        if still is not None:
            fail_upload(
                still, reason=_("We could not read this file, and have written down why. Try another form of it.")
            )


def _export(export_id: UUID) -> None:
    attempts = _count_attempt(Export.objects.filter(pk=export_id))
    export = Export.objects.select_related("project__schema_version").get(pk=export_id)
    if export.state not in OPEN_EXPORTS:
        return
    if attempts > MAX_ATTEMPTS:
        Export.objects.filter(pk=export_id).update(
            state=Export.State.FAILED, failure=_EXPORT_GIVEN_UP % {"count": MAX_ATTEMPTS}
        )
        return
    try:
        write_export(export)
    except OperationalError:
        raise
    except Exception:
        logger.exception("Export %s cannot be written.", export_id)
        failure = _("The file could not be written. We have written down why; ask for it again later.")
        Export.objects.filter(pk=export_id).update(state=Export.State.FAILED, failure=failure)


def _count_attempt(rows: QuerySet[Any]) -> int:
    """Written down before the work, for a worker that is killed writes nothing. The row may be gone: 0."""
    rows.filter(attempts__lte=MAX_ATTEMPTS).update(attempts=F("attempts") + 1)
    return rows.values_list("attempts", flat=True).first() or 0
