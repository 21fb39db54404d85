"""python -m bench.quality [--sets rte,sp] [--only accuracy,economy,…] [--seeds 20]"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

# Sums in one thread are repeatable and comparable; set before numpy is first imported.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from bench.quality import (  # noqa: E402
    accuracy,
    economy,
    fraud,
    graded_sureness,
    kinds,
    speed,
    sureness,
    synthetic,
    synthetic_kinds,
    texts,
)
from bench.quality.crowds import folder  # noqa: E402

Bench = Callable[[Sequence[str], int], Iterator[dict[str, Any]]]
BENCHES: dict[str, Bench] = {
    "accuracy": accuracy.bench,
    "economy": economy.bench,
    "speed": speed.bench,
    "fraud": fraud.bench,
    "calibration": sureness.bench,
    "graded_calibration": graded_sureness.bench,
    "synthetic": synthetic.bench,
    "texts": texts.bench,
    "kinds": kinds.bench,
    "synthetic_kinds": synthetic_kinds.bench,
}


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description="The quality engine, measured.")
    parser.add_argument("--sets", default="", help="only these recorded crowds, with commas between")
    parser.add_argument("--only", default="", help=f"only some of: {', '.join(BENCHES)}")
    parser.add_argument("--seeds", type=int, default=20, help="replays of each set")
    arguments = parser.parse_args(words)
    wanted = _listed(arguments.only) or list(BENCHES)
    if unknown := sorted(set(wanted) - set(BENCHES)):
        parser.error(f"no bench is called {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    sets = _listed(arguments.sets)
    if not any(folder().glob("*/meta.json")):
        print(f"No recorded crowds in {folder()} (FOGGARA_CROWD_DATA): what needs none is measured.", file=sys.stderr)
        wanted = [name for name in wanted if name in ("speed", "synthetic", "texts", "synthetic_kinds")]
    is_within = True
    for name in wanted:
        for figures in BENCHES[name](sets, arguments.seeds):
            print(json.dumps({"bench": name, **figures}), flush=True)
            is_within &= bool(figures.get("within_budget", True))
    return 0 if is_within else 1


def _listed(names: str) -> list[str]:
    return [name for name in names.split(",") if name]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
