"""Whether the next item costs the same in a project of a thousand items and of a million."""

import json
from collections.abc import Iterator
from typing import Any

from stack.product import Product

SIZES = (1_000, 1_000_000)
BUDGET_RATIO = 1.5


def bench(product: Product) -> Iterator[dict[str, Any]]:
    found = json.loads(product.run("-m", "bench.inside", "queue", *map(str, SIZES), timeout_seconds=900))
    small, large = found
    ratio = large["median_ms"] / small["median_ms"]
    yield {
        "items": [small["items"], large["items"]],
        "median_ms": [small["median_ms"], large["median_ms"]],
        "p95_ms": [small["p95_ms"], large["p95_ms"]],
        "ratio": round(ratio, 2),
        "ratio_budget": BUDGET_RATIO,
        "within_budget": ratio <= BUDGET_RATIO,
    }
