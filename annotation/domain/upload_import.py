"""Rows become items, a chunk a transaction: killed anywhere, the next run goes on after the last chunk."""

from itertools import islice

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from annotation.domain import locks
from annotation.domain.upload import fail_upload, refuse_unless_draft
from annotation.domain.upload_check import data_of
from annotation.domain.upload_rows import AnyRow, canonical, copy_in, digest_of, escaped, opened
from annotation.exceptions import AnnotationError
from annotation.formats import BadRow, Row, UnreadableFile
from annotation.formats.images import ImageRow
from annotation.models import Item, Media, Project, Upload

CHUNK_ROWS = 5_000
CHUNK_IMAGES = 50
COLUMNS = "position, data, sha256, original_name, media_id"


class _ImportedElsewhere(Exception):
    """Another run of the same import has made progress since this one looked."""


def import_upload(upload: Upload) -> Upload:
    """Import what the dry run called good. Duplicates are left out and counted. Safe to run again."""
    upload = Upload.objects.get(pk=upload.pk)
    if upload.state != Upload.State.IMPORTING:
        return upload
    size = CHUNK_IMAGES if upload.format == "zip" else CHUNK_ROWS
    try:
        with opened(upload) as (file, rows):
            # Rows of an earlier, killed run are items already: this counter was committed with them.
            for _skipped in islice(rows, upload.rows_read):
                pass
            while chunk := list(islice(rows, size)):
                upload = _import_chunk(upload, chunk, bytes_read=file.tell())
    except _ImportedElsewhere:
        # The task came twice. Whoever is ahead goes on; this run leaves without a word.
        return Upload.objects.get(pk=upload.pk)
    except (UnreadableFile, AnnotationError) as error:
        return fail_upload(upload, reason=str(error))
    upload.state = Upload.State.IMPORTED
    upload.bytes_read = upload.bytes
    upload.save(update_fields=["state", "bytes_read", "updated_at"])
    return upload


@transaction.atomic
def _import_chunk(upload: Upload, chunk: list[AnyRow], *, bytes_read: int) -> Upload:
    media = _store_media(upload, [row for row in chunk if isinstance(row, ImageRow)])
    project = locks.lock_project(upload.project_id)
    refuse_unless_draft(project)
    # Under the project's lock: two runs of the same import take turns, and the second sees the first's progress.
    current = Upload.objects.select_for_update().get(pk=upload.pk)
    if current.rows_read != upload.rows_read or current.state != Upload.State.IMPORTING:
        raise _ImportedElsewhere
    lines, bad = _lines(chunk, first_position=_next_position(project), media=media)
    inserted = _insert(project, lines)
    current.rows_read += len(chunk)
    current.rows_good += inserted
    current.rows_duplicate += len(lines) - inserted
    # The dry run has kept the errors already; here they are only counted.
    current.rows_bad += len(bad)
    current.bytes_read = min(bytes_read, current.bytes)
    current.attempts = 0
    current.save()
    Project.objects.filter(pk=project.pk).update(items_total=F("items_total") + inserted)
    return current


def _lines(chunk: list[AnyRow], *, first_position: int, media: dict[str, Media]) -> tuple[list[str], list[BadRow]]:
    lines: list[str] = []
    bad: list[BadRow] = []
    for row in chunk:
        if isinstance(row, BadRow):
            bad.append(row)
            continue
        line = _line(row, first_position + len(lines), media)
        if line:
            lines.append(line)
        else:
            bad.append(BadRow(row.number, "", _("The row holds a number that JSON cannot carry.")))
    return lines, bad


def _line(row: Row | ImageRow, position: int, media: dict[str, Media]) -> str:
    if isinstance(row, ImageRow):
        text = canonical(data_of(row))
        digest = digest_of(canonical({"image": row.sha256}))
        name = escaped(row.name).replace("\t", " ").replace("\n", " ").replace("\r", " ")
        return f"{position}\t{escaped(text)}\t{digest}\t{name}\t{media[row.sha256].pk}\n"
    try:
        text = canonical(row.data)
    except ValueError:
        return ""
    return f"{position}\t{escaped(text)}\t{digest_of(text)}\t\t\\N\n"


def _insert(project: Project, lines: list[str]) -> int:
    """Insert what the project does not have yet; the number of new items."""
    if not lines:
        return 0
    items = Item._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS import_rows"
            " (position int, data jsonb, sha256 text, original_name text, media_id uuid) ON COMMIT DELETE ROWS"
        )
        copy_in("import_rows", COLUMNS, lines)
        cursor.execute(
            f"""
            INSERT INTO {items}
                (project_id, {COLUMNS}, places, taken, answered, state, is_gold)
            SELECT %s, {COLUMNS}, %s, 0, 0, %s, false FROM import_rows ORDER BY position
            ON CONFLICT (project_id, sha256) DO NOTHING
            """,  # noqa: S608 - the names of our own table and columns
            [project.pk, project.overlap, Item.State.OPEN],
        )
        return int(cursor.rowcount)


def _next_position(project: Project) -> int:
    last = project.items.aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def _store_media(upload: Upload, rows: list[ImageRow]) -> dict[str, Media]:
    """The Media of these images by hash. Paths are made of the hash, so a repeat writes nothing twice."""
    known = {m.sha256: m for m in Media.objects.filter(project=upload.project_id, sha256__in=[r.sha256 for r in rows])}
    new: dict[str, Media] = {}
    for row in rows:
        if row.sha256 in known or row.sha256 in new:
            continue
        path = f"media/{upload.project_id}/{row.sha256[:2]}/{row.sha256}"
        _keep_file(path, row.content)
        new[row.sha256] = Media(
            project_id=upload.project_id,
            path=path,
            original_name=row.name,
            content_type=row.content_type,
            sha256=row.sha256,
            bytes=len(row.content),
            width=row.width,
            height=row.height,
            exif_orientation=row.exif_orientation,
        )
    Media.objects.bulk_create(new.values(), ignore_conflicts=True)
    if new:
        known |= {m.sha256: m for m in Media.objects.filter(project=upload.project_id, sha256__in=new)}
    return known


def _keep_file(path: str, content: bytes) -> None:
    """Also when an earlier run was killed while it wrote: what it left is shorter."""
    if default_storage.exists(path):
        if default_storage.size(path) == len(content):
            return
        default_storage.delete(path)
    default_storage.save(path, ContentFile(content))
