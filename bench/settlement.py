"""python -m bench.settlement [NAME …]: what settling costs, a JSON object per line. Exit 1 when a budget is missed."""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from bench.anchors import ANCHORS, FLOOR, SIZES, SOURCE, TRANSFER
from bench.pipeline import bench_pipeline
from bench.trees import bench_trees
from contracts.scripts.devchain import start_devchain
from contracts.scripts.measure_gas import Scene, accounts_of
from contracts.tests.harness import Chain

Figures = Iterator[dict[str, Any]]

IDLE_CREDITS = 200_000  # under every root, so that proofs are as long as they will be
# Issue 3: per recipient at 1,000, root and release included.
BUDGET = {"cold": 27_500, "warm": 10_400}


def bench_gas() -> Figures:
    """`pay` alone and with all lanes: the root that made it payable, and the release of one project's money."""
    with start_devchain() as devchain:
        scene = Scene(Chain(devchain), idle_credits=IDLE_CREDITS)
        alone = dict(zip(("cold", "warm"), scene.transfers(), strict=True))
        yield {"figure": "transfer", "of": "the token of this bench", **alone, "anchors_token": TRANSFER}
        released = dict(zip(("cold", "warm"), scene.releases(1), strict=True))
        for state in ("cold", "warm"):
            for size in SIZES:
                epoch = scene.pay(accounts_of(f"of {size}", size))
                yield _figure(state, size, epoch.pays, epoch.propose + released[state], alone[state])


def _figure(state: str, size: int, pays: tuple[int, ...], others: int, transfer: int) -> dict[str, Any]:
    pay, everything = sum(pays) / size, (sum(pays) + others) / size
    is_judged = size == max(SIZES)
    found: dict[str, Any] = {
        "figure": "gas per recipient",
        "state": state,
        "recipients": size,
        "runs": len(pays),
        "pay": round(pay),
        "all_lanes": round(everything),
        "floor": FLOOR[state],
        "pay_to_floor": round(pay / FLOOR[state], 3),
        "all_lanes_to_floor": round(everything / FLOOR[state], 3),
        # The anchors were measured with a token whose transfer costs a little more than that of this bench's.
        "pay_with_the_anchors_token": round(pay + TRANSFER[state] - transfer),
        "all_lanes_with_the_anchors_token": round(everything + TRANSFER[state] - transfer),
    }
    if is_judged:
        found |= {
            "budget": BUDGET[state],
            "within_budget": found["all_lanes_with_the_anchors_token"] <= BUDGET[state],
        }
    return found


def bench_anchors() -> Figures:
    for name, states in ANCHORS.items():
        for state, figures in states.items():
            per_recipient = dict(zip(map(str, SIZES), figures, strict=True))
            yield {
                "figure": "anchor, not measured here",
                "of": name,
                "state": state,
                "gas_per_recipient": per_recipient,
                "to_floor_at_1000": round(figures[-1] / FLOOR[state], 3),
                "source": SOURCE,
            }


# Each measures one thing.
FIGURES: dict[str, Callable[[], Figures]] = {
    "gas": bench_gas,
    "anchors": bench_anchors,
    "tree": bench_trees,
    "pipeline": bench_pipeline,
}


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - set(FIGURES))
    if unknown:
        print(f"No figure is called {', '.join(unknown)}; there are {', '.join(FIGURES)}.", file=sys.stderr)
        return 2
    is_within = True
    for name in names or FIGURES:
        for figures in FIGURES[name]():
            print(json.dumps({"bench": f"settlement {name}", **figures}), flush=True)
            is_within &= bool(figures.get("within_budget", True))
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
