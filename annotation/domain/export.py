"""Writing a project's results to a file in the background, in constant memory and few statements."""

import hashlib
import tempfile
from collections.abc import Iterator
from functools import partial
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from annotation import tasks
from annotation.exceptions import AnnotationError
from annotation.formats import WRITERS
from annotation.formats.records import Losses, Writer
from annotation.kinds.schema import parse_schema
from annotation.models import Answer, Export, Item, Project
from annotation.queries.export import data_columns, records_after

CHUNK_ITEMS = 4_000


def request_export(project: Project, *, actor: User, format: Export.Format) -> Export:
    """Have a file written. What is exported has been paid or will be: only accepted answers are in it."""
    if project.schema_version is None or not project.items_total:
        raise AnnotationError(_("There is nothing to export yet."), code="nothing_to_export")
    with transaction.atomic():
        export = Export.objects.create(
            project=project, created_by=actor, format=format, items_total=project.items_total
        )
        audit.record(
            "export.requested",
            actor=actor,
            object_kind="project",
            object_id=project.pk,
            team=project.team,
            changes={"export": str(export.pk), "format": format},
        )
        transaction.on_commit(partial(tasks.write_export.delay, str(export.pk)))
    return export


def write_export(export: Export) -> Export:
    """Write the file and record its hash and losses. Killed anywhere, the next run begins anew; READY is final."""
    if export.state == Export.State.READY:
        return export
    version = export.project.schema_version
    if version is None:
        raise ValueError("An export without an interface was requested.")
    losses = Losses()
    writer = WRITERS[export.format](parse_schema(version.schema), data_columns(export.project), losses)
    Export.objects.filter(pk=export.pk).update(state=Export.State.WRITING, items_done=0, failure="")
    with tempfile.TemporaryFile() as target:
        digest, size = _write_all(export, writer, target)
        target.seek(0)
        path = f"exports/{export.project_id}/{export.pk}.{writer.extension}"
        default_storage.delete(path)
        path = default_storage.save(path, File(target))
    _count_left_out(export.project, losses)
    export.state = Export.State.READY
    export.path, export.bytes, export.sha256 = path, size, digest
    export.losses = losses.as_json()
    export.finished_at = timezone.now()
    export.save(update_fields=["state", "path", "bytes", "sha256", "losses", "finished_at"])
    return export


def _write_all(export: Export, writer: Writer, target: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for text in _texts(export, writer):
        block = text.encode()
        digest.update(block)
        size += len(block)
        target.write(block)
    return digest.hexdigest(), size


def _texts(export: Export, writer: Writer) -> Iterator[str]:
    yield writer.head()
    done, after = 0, -1
    while chunk := records_after(export.project, position=after, limit=CHUNK_ITEMS):
        for record in chunk:
            yield from writer.lines(record)
        done, after = done + len(chunk), chunk[-1].position
        Export.objects.filter(pk=export.pk).update(items_done=done)
    yield writer.tail()


def _count_left_out(project: Project, losses: Losses) -> None:
    """Answers that are in no export: the rejected are not the client's, the others may still become so."""
    left_out: dict[str, Any] = {
        Answer.State.PENDING: _("Answers that wait for a verdict are left out: accept them to export them."),
        Answer.State.RETURNED: _("Answers that were returned to their author are left out."),
        Answer.State.REJECTED: _("Rejected answers are left out: they were not paid."),
    }
    for state, sentence in left_out.items():
        losses.add(sentence, Answer.objects.filter(project=project, state=state).count())
    hidden = project.items.filter(state=Item.State.HIDDEN)
    losses.add(_("Items that were hidden because several people called them broken are left out."), hidden.count())
