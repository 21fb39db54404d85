"""A ZIP's directory, counted before anybody reads it into memory: what it says of itself may be a lie."""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

END = b"PK\x05\x06"
END_BYTES = 22
MOST_COMMENT_BYTES = 65_535
BIG_LOCATOR = b"PK\x06\x07"
BIG_LOCATOR_BYTES = 20
BIG_END = b"PK\x06\x06"
BIG_END_BYTES = 56
ENTRY = b"PK\x01\x02"
ENTRY_BYTES = 46


@dataclass(frozen=True)
class Directory:
    """Where the directory lies, how long it is, and how many entries its end claims."""

    start: int
    bytes: int
    claimed_entries: int


def find_directory(file: BinaryIO) -> Directory | None:
    """What the end of the file says, without reading the directory. None: this is no ZIP."""
    size = file.seek(0, os.SEEK_END)
    first = max(0, size - END_BYTES - MOST_COMMENT_BYTES)
    file.seek(first)
    tail = file.read()
    place = tail.rfind(END)
    if place < 0 or len(tail) - place < END_BYTES:
        return None
    entries, length = struct.unpack("<HI", tail[place + 10 : place + 16])
    end = first + place
    big = _big_end(file, end)
    if big is not None:
        entries, length, end = big
    return Directory(end - length, length, entries)


def has_more_entries(file: BinaryIO, directory: Directory, *, than: int) -> bool:
    """Walk the directory without keeping it: one that claims few entries may hold millions."""
    file.seek(max(0, directory.start))
    left, count = directory.bytes, 0
    while left >= ENTRY_BYTES:
        head = file.read(ENTRY_BYTES)
        if len(head) < ENTRY_BYTES or not head.startswith(ENTRY):
            return False
        count += 1
        if count > than:
            return True
        rest = sum(struct.unpack("<HHH", head[28:34]))
        file.seek(rest, os.SEEK_CUR)
        left -= ENTRY_BYTES + rest
    return False


def _big_end(file: BinaryIO, end: int) -> tuple[int, int, int] | None:
    """(entries, length, where the directory ends) of a ZIP64, which has a second end before the first."""
    place = end - BIG_LOCATOR_BYTES - BIG_END_BYTES
    if place < 0:
        return None
    file.seek(place)
    record = file.read(BIG_END_BYTES + BIG_LOCATOR_BYTES)
    if not record.startswith(BIG_END) or not record[BIG_END_BYTES:].startswith(BIG_LOCATOR):
        return None
    entries, length = struct.unpack("<QQ", record[32:48])
    return entries, length, place
