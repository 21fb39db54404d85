"""Files as clients bring them. Pure: an open file in, rows out, each with its number and what is wrong with it."""

from annotation.formats.rows import BadRow, Row, UnreadableFile
from annotation.formats.tables import read_csv, read_tsv
from annotation.formats.texts import read_json, read_jsonl, read_txt

# The name of a format, and how its rows are read. Images (zip) are read by annotation.formats.images.
READERS = {
    "csv": read_csv,
    "tsv": read_tsv,
    "json": read_json,
    "jsonl": read_jsonl,
    "txt": read_txt,
}
EXTENSIONS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "txt",
    ".zip": "zip",
}

__all__ = ["EXTENSIONS", "READERS", "BadRow", "Row", "UnreadableFile"]
