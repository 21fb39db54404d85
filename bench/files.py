"""A hundred thousand rows in through the background job, and a hundred thousand items with their answers out."""

import csv
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil

from loop.http import Api, Tally, wait_for
from loop.wallet import Wallet
from stack.product import Product

ROWS = 100_000
BUDGET_ROWS_PER_SECOND = 20_000
BUDGET_STATEMENTS = 100
# Flat means: what a few chunks need, not what the whole file needs (it is some ten megabytes).
FLAT_MB = 64


def bench_import(product: Product) -> Iterator[dict[str, Any]]:
    api = Wallet.new().sign_in(product.base_url, Tally(), name="bench")
    team = api.post("teams/", {"name": "Bench"})
    project = api.post("projects/", {"team": team["id"], "title": "Import"})
    upload = api.upload(f"projects/{project['id']}/uploads/", name="rows.csv", content=_csv(ROWS))
    path = f"uploads/{upload['id']}/"
    checking = _timed(api, path, "checked", lambda: None, product)
    importing = _timed(api, path, "imported", lambda: api.post(path + "import/"), product)
    yield {
        "rows": ROWS,
        "check_rows_per_second": round(ROWS / checking["seconds"]),
        "import_rows_per_second": round(ROWS / importing["seconds"]),
        "rows_per_second_budget": BUDGET_ROWS_PER_SECOND,
        "worker_memory_growth_mb": importing["growth_mb"],
        "within_budget": ROWS / importing["seconds"] >= BUDGET_ROWS_PER_SECOND and importing["growth_mb"] < FLAT_MB,
    }


def bench_export(product: Product) -> Iterator[dict[str, Any]]:
    found = json.loads(product.run("-m", "bench.inside", "export", str(ROWS), "3", timeout_seconds=900))
    yield {
        **found,
        "statements_budget": BUDGET_STATEMENTS,
        "within_budget": found["statements"] <= BUDGET_STATEMENTS and found["memory_growth_mb"] < FLAT_MB,
    }


def _timed(api: Api, path: str, state: str, start: Callable[[], Any], product: Product) -> dict[str, float]:
    """Seconds until the upload reaches the state, and how much the worker's memory grew meanwhile."""
    with _MemoryWatch(product.process("worker")) as memory:
        started = time.monotonic()
        start()
        wait_for(state, lambda: api.get(path)["state"] == state, step=0.05)
        seconds = time.monotonic() - started
    return {"seconds": seconds, "growth_mb": round(memory.growth_mb, 1)}


class _MemoryWatch:
    """The highest growth of any process of a family, sampled."""

    def __init__(self, main: psutil.Process) -> None:
        self.family = [main, *main.children(recursive=True)]
        self.before = {process.pid: process.memory_info().rss for process in self.family}
        self.growth_mb = 0.0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "_MemoryWatch":
        self.thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.done.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.done.wait(0.05):
            for process in self.family:
                if process.is_running():
                    grown = (process.memory_info().rss - self.before[process.pid]) / 1024**2
                    self.growth_mb = max(self.growth_mb, grown)


def _csv(rows: int) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["id", "text", "language"])
    for n in range(rows):
        writer.writerow([n, f"Sentence {n} says something about the number {n * 7919 % 1000} – naïvely.", "en"])
    return file.getvalue().encode()
