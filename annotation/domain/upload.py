"""A client's file: received, checked (dry run), imported. Reading is annotation.formats' work."""

import hashlib
from functools import partial
from pathlib import PurePath
from typing import IO, BinaryIO, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from annotation import tasks
from annotation.domain import locks
from annotation.exceptions import AnnotationError
from annotation.formats import EXTENSIONS
from annotation.models import Project, Upload
from lib.ids import new_id

BLOCK_BYTES = 1024 * 1024
RUNNING = {Upload.State.CHECKING, Upload.State.IMPORTING}


def receive_upload(project: Project, *, actor: User, file: BinaryIO, name: str) -> Upload:
    """Keep the file and have it checked in the background. Nothing of it becomes an item yet."""
    file_format = EXTENSIONS.get(PurePath(name).suffix.lower())
    if file_format is None:
        raise AnnotationError(
            _("This kind of file cannot be read. Upload one of: %(list)s.") % {"list": ", ".join(EXTENSIONS)},
            code="unknown_format",
            field="file",
            status=422,
        )
    name = "".join(character for character in name if character.isprintable())
    upload_id = new_id()
    reader = _MeasuringReader(file)
    path = default_storage.save(f"uploads/{project.pk}/{upload_id}", File(cast(IO[bytes], reader), name=str(upload_id)))
    try:
        _refuse_unusable(reader.bytes_read)
        with transaction.atomic():
            locked = locks.lock_project(project.pk)
            refuse_unless_draft(locked)
            upload = Upload.objects.create(
                id=upload_id,
                project=locked,
                created_by=actor,
                original_name=PurePath(name.replace("\\", "/")).name[:255],
                path=path,
                format=file_format,
                bytes=reader.bytes_read,
                sha256=reader.digest.hexdigest(),
            )
            transaction.on_commit(partial(tasks.check_upload.delay, str(upload.pk)))
    except Exception:
        default_storage.delete(path)
        raise
    return upload


def start_import(upload: Upload, *, actor: User) -> Upload:
    """Turn the good rows of a checked file into items, in the background."""
    with transaction.atomic():
        project = locks.lock_project(upload.project_id)
        refuse_unless_draft(project)
        upload = Upload.objects.select_for_update().get(pk=upload.pk)
        if upload.state in {Upload.State.IMPORTING, Upload.State.IMPORTED}:
            return upload
        if upload.state != Upload.State.CHECKED:
            raise AnnotationError(_("Wait until the file has been checked."), code="not_checked")
        if not upload.rows_good:
            raise AnnotationError(_("The file has no row that could become an item."), code="nothing_to_import")
        upload.state = Upload.State.IMPORTING
        upload.attempts = 0
        upload.rows_read = upload.rows_good = upload.rows_bad = upload.rows_duplicate = upload.bytes_read = 0
        upload.save()
        audit.record(
            "upload.import_started",
            actor=actor,
            object_kind="project",
            object_id=project.pk,
            team=project.team,
            changes={"upload": str(upload.pk), "name": upload.original_name, "sha256": upload.sha256},
        )
        transaction.on_commit(partial(tasks.import_upload.delay, str(upload.pk)))
    return upload


def discard_upload(upload: Upload, *, actor: User) -> None:
    """Forget a file that was not imported."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().select_related("project__team").get(pk=upload.pk)
        if upload.state in {Upload.State.IMPORTING, Upload.State.IMPORTED}:
            raise AnnotationError(_("This file is imported: its items are in the project."), code="imported")
        path = upload.path
        audit.record(
            "upload.discarded",
            actor=actor,
            object_kind="project",
            object_id=upload.project_id,
            team=upload.project.team,
            changes={"name": upload.original_name},
        )
        upload.delete()
        transaction.on_commit(partial(default_storage.delete, path))


def fail_upload(upload: Upload, *, reason: str) -> Upload:
    upload.state = Upload.State.FAILED
    upload.failure = reason
    upload.save(update_fields=["state", "failure", "updated_at"])
    return upload


def refuse_unless_draft(project: Project) -> None:
    if project.state != Project.State.DRAFT:
        raise AnnotationError(
            _("Items can only be added to a draft: the price of this project is fixed."), code="not_a_draft"
        )


def _refuse_unusable(size: int) -> None:
    if size == 0:
        raise AnnotationError(_("The file is empty."), code="empty_file", field="file", status=422)
    if size > settings.UPLOAD_MAX_BYTES:
        raise AnnotationError(
            _("The file is larger than %(limit)s MB. Split it.") % {"limit": settings.UPLOAD_MAX_BYTES // 1024**2},
            code="file_too_large",
            field="file",
            status=413,
        )


class _MeasuringReader:
    """Counts and hashes what passes through on its way to the storage, and stops above the limit."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.bytes_read = 0
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        if self.bytes_read > settings.UPLOAD_MAX_BYTES:
            return b""
        block = self.file.read(BLOCK_BYTES if size < 0 else size)
        self.bytes_read += len(block)
        self.digest.update(block)
        return block
