"""Images out of a ZIP: guarded against bombs, checked by content, turned upright, stripped of metadata."""

import hashlib
import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from annotation.formats.rows import BadRow, UnreadableFile
from annotation.formats.zip_directory import find_directory, has_more_entries

CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
MAX_ENTRIES = 200_000
MAX_DIRECTORY_BYTES = 64 * 1024**2
MAX_IMAGE_BYTES = 40 * 1024**2
MAX_PIXELS = 50_000_000
MAX_TOTAL_BYTES = 20 * 1024**3
EXIF_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One image, ready to be stored. `sha256` is of the file as the client sent it."""

    number: int
    name: str
    content: bytes
    content_type: str
    sha256: str
    width: int
    height: int
    exif_orientation: int


def read_images(file: BinaryIO) -> Iterator[ImageRow | BadRow]:
    _refuse_large_directory(file)
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise UnreadableFile(_("This is no ZIP file, or it is damaged. Pack the images again.")) from error
    with archive:
        entries = [entry for entry in archive.infolist() if _is_wanted(entry)]
        if sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
            raise UnreadableFile(_("The ZIP unpacks to more than 20 GB. Split it."))
        for number, entry in enumerate(entries, start=1):
            yield _read_entry(archive, entry, number)


def _refuse_large_directory(file: BinaryIO) -> None:
    """Before it is read: the library keeps an object for each entry."""
    directory = find_directory(file)
    if directory is None:
        return  # the library says what is wrong
    if directory.bytes > MAX_DIRECTORY_BYTES:
        limit = MAX_DIRECTORY_BYTES // 1024**2
        raise UnreadableFile(_("The ZIP's table of contents is larger than %(limit)s MB. Split it.") % {"limit": limit})
    if directory.claimed_entries > MAX_ENTRIES or has_more_entries(file, directory, than=MAX_ENTRIES):
        raise UnreadableFile(_("The ZIP holds more than %(limit)s files. Split it.") % {"limit": MAX_ENTRIES})


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    """Folders, and the files that macOS adds, are no images of the client's."""
    path = PurePosixPath(entry.filename)
    return not entry.is_dir() and not path.name.startswith(".") and "__MACOSX" not in path.parts


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, number: int) -> ImageRow | BadRow:
    name = PurePosixPath(entry.filename.replace("\\", "/")).name[:255]
    if entry.flag_bits & 0x1:
        return BadRow(number, name, _("The file is encrypted."))
    try:
        # The declared size may lie, so no more than the limit is ever unpacked.
        with archive.open(entry) as unpacked:
            content = unpacked.read(MAX_IMAGE_BYTES + 1)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
        return BadRow(number, name, _("The file cannot be unpacked: %(error)s.") % {"error": str(error)[:120]})
    except Exception as error:
        return BadRow(number, name, _("The file cannot be unpacked: %(error)s.") % {"error": str(error)[:120]})
    if len(content) > MAX_IMAGE_BYTES:
        return BadRow(number, name, _("The image is larger than 40 MB."))
    return upright_image(content, number=number, name=name)


def upright_image(content: bytes, *, number: int, name: str) -> ImageRow | BadRow:
    """Decode, apply the EXIF orientation, and encode again without metadata (a photo's place is nobody's business)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=list(CONTENT_TYPES)) as image:
                if image.width * image.height > MAX_PIXELS:
                    return BadRow(number, name, _("The image has more than 50 million pixels."))
                kind = str(image.format)
                orientation = int(image.getexif().get(EXIF_ORIENTATION, 1) or 1)
                shown, size = _encode(image, kind, orientation)
    except Exception as error:
        return BadRow(number, name, _("This is no image that can be shown: %(error)s.") % {"error": str(error)[:120]})
    return ImageRow(
        number=number,
        name=name,
        content=shown,
        content_type=CONTENT_TYPES[kind],
        sha256=hashlib.sha256(content).hexdigest(),
        width=size[0],
        height=size[1],
        exif_orientation=orientation,
    )


def _encode(image: Image.Image, kind: str, orientation: int) -> tuple[bytes, tuple[int, int]]:
    image.load()
    target = io.BytesIO()
    if kind == "JPEG" and orientation == 1:
        image.save(target, "JPEG", quality="keep", exif=b"")
        return target.getvalue(), image.size
    upright = ImageOps.exif_transpose(image) if orientation != 1 else image
    options = {"quality": 95} if kind in {"JPEG", "WEBP"} else {}
    upright.save(target, kind, exif=b"", **options)
    return target.getvalue(), upright.size
