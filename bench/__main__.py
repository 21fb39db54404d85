"""python -m bench [NAME …]: all benches, or those named."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import browser, files, labels, queue
from loop.__main__ import QUICK
from stack.product import Product, running_product

Bench = Callable[[Product], Iterator[dict[str, Any]]]
BENCHES: dict[str, Bench] = {
    "label": labels.bench,
    "next_item": queue.bench,
    "import": files.bench_import,
    "export": files.bench_export,
    "page": browser.bench,
}


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - set(BENCHES))
    if unknown:
        print(f"No bench is called {', '.join(unknown)}; there are {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    is_within = True
    with (
        tempfile.TemporaryDirectory(prefix="foggara-bench-") as folder,
        running_product(Path(folder) / "var", environment=QUICK) as product,
    ):
        for name in names or BENCHES:
            for figures in BENCHES[name](product):
                print(json.dumps({"bench": name, **figures}), flush=True)
                is_within &= bool(figures.get("within_budget", True))
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
