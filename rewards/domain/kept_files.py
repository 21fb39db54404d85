"""Files that are written once, under a name that their content gives them."""

import tempfile
from collections.abc import Iterable
from hashlib import sha256

from django.core.files.base import File
from django.core.files.storage import default_storage

COPY_BYTES = 1 << 20


def keep(pieces: Iterable[bytes], name: str) -> tuple[str, str]:
    """The file's name and SHA-256; `{sha256}` in `name` becomes that. Never whole in memory.

    Written before the transaction that names it commits: an orphan does no harm.
    """
    digest = sha256()
    with tempfile.TemporaryFile(prefix="foggara-") as spooled:
        for piece in pieces:
            digest.update(piece)
            spooled.write(piece)
        size = spooled.tell()
        name = name.format(sha256=digest.hexdigest())
        if default_storage.exists(name):
            if default_storage.size(name) == size:
                return name, digest.hexdigest()
            # Somebody was killed while writing it.
            default_storage.delete(name)
        spooled.seek(0)
        return default_storage.save(name, File(spooled)), digest.hexdigest()
