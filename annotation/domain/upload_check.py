"""The dry run: what a file would become, without making an item of it."""

from itertools import islice
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from annotation.domain.upload import fail_upload
from annotation.domain.upload_columns import ColumnSurvey
from annotation.domain.upload_rows import AnyRow, canonical, copy_in, digest_of, opened
from annotation.formats import BadRow, UnreadableFile
from annotation.formats.images import ImageRow
from annotation.models import Item, Upload, UploadError

CHUNK_ROWS = 5_000
KEPT_ERRORS = 1_000
PREVIEW_ROWS = 5


def check_upload(upload: Upload) -> Upload:
    """Read the whole file and record columns, first rows, bad rows and duplicates. Safe to run again."""
    if upload.state not in {Upload.State.RECEIVED, Upload.State.CHECKING}:
        return upload
    upload.state = Upload.State.CHECKING
    upload.rows_read = upload.rows_good = upload.rows_bad = upload.rows_duplicate = upload.bytes_read = 0
    upload.preview = []
    upload.save()
    upload.row_errors.all().delete()
    try:
        _read_through(upload)
    except UnreadableFile as error:
        return fail_upload(upload, reason=str(error))
    upload.state = Upload.State.CHECKED
    upload.bytes_read = upload.bytes
    upload.save()
    return upload


def _read_through(upload: Upload) -> None:
    survey = ColumnSurvey()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS upload_hashes")
        cursor.execute("CREATE TEMPORARY TABLE upload_hashes (sha256 text)")
    try:
        with opened(upload) as (file, rows):
            while chunk := list(islice(rows, CHUNK_ROWS)):
                _take_chunk(upload, chunk, survey)
                upload.bytes_read = min(file.tell(), upload.bytes)
                upload.save()
        if not upload.rows_read:
            raise UnreadableFile(_("The file holds no rows."))
        upload.columns = survey.columns()
        upload.rows_duplicate = _count_duplicates(upload)
        upload.rows_good -= upload.rows_duplicate
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS upload_hashes")


def _take_chunk(upload: Upload, chunk: list[AnyRow], survey: ColumnSurvey) -> None:
    hashes: list[str] = []
    bad: list[BadRow] = []
    for row in chunk:
        if isinstance(row, BadRow):
            bad.append(row)
            continue
        data = data_of(row)
        try:
            hashes.append(digest_of(canonical({"image": row.sha256} if isinstance(row, ImageRow) else data)) + "\n")
        except ValueError:
            bad.append(BadRow(row.number, "", _("The row holds a number that JSON cannot carry.")))
            continue
        survey.take(data)
        if len(upload.preview) < PREVIEW_ROWS:
            upload.preview.append(data)
    copy_in("upload_hashes", "sha256", hashes)
    upload.rows_read += len(chunk)
    upload.rows_good += len(hashes)
    keep_errors(upload, bad)


def data_of(row: Any) -> dict[str, Any]:
    """An item's data: the row's values, or for an image its name."""
    return {"image": row.name} if isinstance(row, ImageRow) else row.data


def keep_errors(upload: Upload, bad: list[BadRow]) -> None:
    room = max(0, KEPT_ERRORS - upload.rows_bad)
    UploadError.objects.bulk_create(
        [UploadError(upload=upload, row=b.number, field=b.field[:120], reason=b.reason[:300]) for b in bad[:room]]
    )
    upload.rows_bad += len(bad)


def _count_duplicates(upload: Upload) -> int:
    """Rows that another row of the file, or an item of the project, says already."""
    items = Item._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT (SELECT count(*) FROM upload_hashes)
                 - (SELECT count(DISTINCT sha256) FROM upload_hashes)
                 + (SELECT count(*) FROM (SELECT DISTINCT sha256 FROM upload_hashes) h
                    WHERE EXISTS (SELECT 1 FROM {items} i WHERE i.project_id = %s AND i.sha256 = h.sha256))
            """,  # noqa: S608 - the name of our own table
            [upload.project_id],
        )
        return int(cursor.fetchone()[0])
