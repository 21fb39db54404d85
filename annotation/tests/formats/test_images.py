import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from annotation.formats import BadRow, UnreadableFile, images
from annotation.formats.images import EXIF_ORIENTATION, ImageRow, read_images
from annotation.formats.zip_directory import find_directory


def zip_of(**files: bytes) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    target.seek(0)
    return target


def quadrants(kind: str = "JPEG", orientation: int = 1, size: tuple[int, int] = (64, 32)) -> bytes:
    """Red top left, green top right, blue bottom left, white bottom right."""
    image = Image.new("RGB", size, "white")
    half = (size[0] // 2, size[1] // 2)
    image.paste("red", (0, 0, half[0], half[1]))
    image.paste("lime", (half[0], 0, size[0], half[1]))
    image.paste("blue", (0, half[1], half[0], size[1]))
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    target = io.BytesIO()
    image.save(target, kind, exif=exif)
    return target.getvalue()


def top_left(content: bytes) -> str:
    red, green, blue = Image.open(io.BytesIO(content)).convert("RGB").getpixel((4, 4))
    return {(True, False, False): "red", (False, True, False): "green", (False, False, True): "blue"}.get(
        (red > 128, green > 128, blue > 128), "white"
    )


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, "red"), (2, "green"), (3, "white"), (4, "blue"), (5, "red"), (6, "blue"), (7, "white"), (8, "green")],
)
def test_every_exif_orientation_is_applied_and_recorded(orientation: int, corner: str) -> None:
    [row] = read_images(zip_of(photo__jpg=quadrants(orientation=orientation)))

    assert isinstance(row, ImageRow)
    assert row.exif_orientation == orientation
    assert (row.width, row.height) == ((32, 64) if orientation >= 5 else (64, 32))
    assert top_left(row.content) == corner
    assert Image.open(io.BytesIO(row.content)).getexif().get(EXIF_ORIENTATION, 1) == 1


def test_the_place_where_a_photo_was_taken_is_not_kept() -> None:
    image = Image.new("RGB", (16, 16))
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = "secret place"
    target = io.BytesIO()
    image.save(target, "JPEG", exif=exif)

    [row] = read_images(zip_of(photo__jpg=target.getvalue()))

    assert b"secret place" not in row.content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_the_type_is_taken_from_the_content_not_from_the_name(kind: str) -> None:
    target = io.BytesIO()
    Image.new("RGB", (8, 8)).save(target, kind)

    [row] = read_images(zip_of(thing__html=target.getvalue()))

    assert row.content_type == f"image/{kind.lower()}"


def test_a_file_that_is_no_image_is_named_and_the_rest_goes_on() -> None:
    rows = list(read_images(zip_of(a__svg=b"<svg onload=alert(1)>", b__jpg=quadrants())))

    assert [type(row) for row in rows] == [BadRow, ImageRow]
    assert rows[0].field == "a.svg"


def test_a_path_out_of_the_archive_becomes_a_plain_name() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("../../etc/passwd.jpg", quadrants())
        archive.writestr("__MACOSX/._x.jpg", b"resource fork")
        archive.writestr("folder/", b"")
    target.seek(0)

    [row] = read_images(target)

    assert row.name == "passwd.jpg"


def test_an_image_with_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")

    [row] = read_images(zip_of(bomb__png=bomb))

    assert isinstance(row, BadRow)
    assert "pixels" in row.reason


def test_an_entry_that_unpacks_too_far_is_refused() -> None:
    [row] = read_images(zip_of(bomb__jpg=b"\0" * (41 * 1024**2)))

    assert isinstance(row, BadRow)
    assert "40 MB" in row.reason


def test_something_that_is_no_zip_is_refused() -> None:
    with pytest.raises(UnreadableFile):
        list(read_images(io.BytesIO(b"PK nonsense")))


def end_of_zip(*, entries: int, length: int) -> bytes:
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, entries, entries, length, 0, 0)


def many_entries(count: int) -> bytes:
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<HHH", 1, 0, 0) + bytes(12) + b"x"
    return entry * count


def test_a_zip_that_claims_too_much_is_refused_before_its_directory_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZipFile", None)

    with pytest.raises(UnreadableFile, match="table of contents is larger than 64 MB"):
        list(read_images(io.BytesIO(end_of_zip(entries=1, length=2**31))))
    monkeypatch.setattr(images, "MAX_ENTRIES", 10)
    with pytest.raises(UnreadableFile, match="more than 10 files"):
        list(read_images(io.BytesIO(end_of_zip(entries=11, length=0))))


def test_a_zip_that_claims_one_file_and_lists_many_is_refused_before_they_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(images, "MAX_ENTRIES", 10)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    directory = many_entries(11)

    with pytest.raises(UnreadableFile, match="more than 10 files"):
        list(read_images(io.BytesIO(directory + end_of_zip(entries=1, length=len(directory)))))


def test_the_second_end_of_a_large_zip_is_believed_as_the_library_believes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(5):
            archive.writestr(f"{number}.jpg", quadrants())

    assert find_directory(target).claimed_entries == 5
    assert len(list(read_images(target))) == 5
    monkeypatch.setattr(images, "MAX_ENTRIES", 4)
    with pytest.raises(UnreadableFile, match="more than 4 files"):
        list(read_images(target))
