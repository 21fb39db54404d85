"""The files of a recorded crowd. gold.csv is never opened: it is for whoever scores the result."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from annotation.agreement.sets.contract import Answer, Resolved, SetRefused

COLUMNS = ("task", "worker", "label")
# Transcripts and lists of boxes are longer than the csv module expects of a field.
LONGEST_FIELD = 64 * 1024 * 1024


def read_kind(folder: Path) -> str:
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SetRefused(f"{folder} has no meta.json.") from error
    except ValueError as error:
        raise SetRefused(f"{folder / 'meta.json'} is not JSON: {error}") from error
    if not isinstance(meta, dict) or not isinstance(meta.get("kind"), str):
        raise SetRefused(f'{folder / "meta.json"} must name a "kind".')
    return str(meta["kind"])


def read_answers(folder: Path) -> list[Answer]:
    rows = _rows(folder / "labels.csv", COLUMNS)
    more = [name for name in (rows[0] if rows else {}) if name not in COLUMNS]
    return [
        Answer(row["task"], row["worker"], row["label"], {name: row[name] for name in more} if more else {})
        for row in rows
    ]


def read_probes(path: Path) -> dict[str, str]:
    return {row["task"]: row["label"] for row in _rows(path, ("task", "label"))}


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    csv.field_size_limit(LONGEST_FIELD)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise SetRefused(f"{path} lacks the column {', '.join(missing)}.")
            rows = list(reader)
    except FileNotFoundError as error:
        raise SetRefused(f"{path} is not there.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SetRefused(f"{path} is not a CSV file in UTF-8: {error}") from error
    for number, row in enumerate(rows, start=2):
        if any(row[name] is None for name in columns) or None in row:
            raise SetRefused(f"{path}, row {number}: the number of columns does not fit the header.")
    return rows


def write_resolved(folder: Path, resolved: Resolved) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "resolved.csv",
        ("task", "label", "confidence"),
        ((row.task, row.label, f"{row.confidence:.6f}") for row in (*resolved.decided, *resolved.ranked)),
    )
    if resolved.ranked:
        _write(folder / "ranking.csv", ("item", "score"), ((row.task, row.label) for row in resolved.ranked))
    _write(
        folder / "workers.csv",
        ("worker", "reliability", "answers", "flags", *(resolved.judged[0].more if resolved.judged else ())),
        (
            (
                row.worker,
                f"{row.reliability:.6f}",
                row.answers,
                " ".join(row.flags),
                *(f"{value:.6g}" for value in row.more.values()),
            )
            for row in resolved.judged
        ),
    )
    if resolved.bought is not None:
        _write(folder / "bought.csv", COLUMNS, ((row.task, row.worker, row.label) for row in resolved.bought))


def write_summary(path: Path, summary: dict[str, Any]) -> None:
    path.write_text(json.dumps(summary, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
