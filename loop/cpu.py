"""What the parts of a running product have cost in processor time."""

import contextlib
from collections.abc import Sequence

from stack.product import Product

MEASURED = ("web", "postgres")


def cpu_seconds(product: Product, parts: Sequence[str] = MEASURED) -> float:
    """User and system seconds of these parts with all their children, also those that have ended."""
    total = 0.0
    for name in parts:
        main = product.process(name)
        for process in [main, *main.children(recursive=True)]:
            with contextlib.suppress(Exception):
                times = process.cpu_times()
                total += times.user + times.system
                if process.pid == main.pid:
                    total += times.children_user + times.children_system
    return total
