"""Rows of an upload as the database wants them: canonical JSON, its hash, and COPY."""

import hashlib
import io
import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any, BinaryIO, cast

from django.core.files.storage import default_storage
from django.db import connection

from annotation.formats import READERS, BadRow, Row
from annotation.formats.images import ImageRow, read_images
from annotation.models import Upload

AnyRow = Row | ImageRow | BadRow


@contextmanager
def opened(upload: Upload) -> Iterator[tuple[BinaryIO, Iterator[AnyRow]]]:
    """The stored file, and its rows read one by one."""
    with default_storage.open(upload.path, "rb") as stored:
        file = cast(BinaryIO, stored.file)
        rows = read_images(file) if upload.format == "zip" else READERS[upload.format](file)
        # The reader ends before its file does: it lets go of it when it is closed.
        with closing(cast(Generator[AnyRow, None, None], rows)):
            yield file, cast(Iterator[AnyRow], rows)


def canonical(data: dict[str, Any]) -> str:
    """The one way to write this value as JSON. Raises ValueError for numbers that JSON cannot carry."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def copy_in(table: str, columns: str, lines: Iterable[str]) -> None:
    """COPY tab-separated lines into a table named by ourselves."""
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO("".join(lines)))


def escaped(text: str) -> str:
    """For COPY's text format. Canonical JSON holds no raw tab or line end, so the backslash is enough for it."""
    return text.replace("\\", "\\\\")
