"""Files as clients bring them, and as they take them away. Pure.

Reading: an open file in, rows out, each with its number and what is wrong with it. Writing: records in, lines out,
and a count of what the format could not carry.
"""

from annotation.formats.export_csv import CsvWriter
from annotation.formats.export_jsonl import JsonlWriter
from annotation.formats.export_label_studio import LabelStudioWriter
from annotation.formats.records import Writer
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
WRITERS: dict[str, type[Writer]] = {
    "jsonl": JsonlWriter,
    "csv": CsvWriter,
    "label_studio": LabelStudioWriter,
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

__all__ = ["EXTENSIONS", "READERS", "WRITERS", "BadRow", "Row", "UnreadableFile"]
