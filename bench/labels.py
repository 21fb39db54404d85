"""What a label costs: SQL statements and CPU time of the web server and the database, over HTTP."""

import random
from collections.abc import Iterator
from typing import Any

from loop.cpu import cpu_seconds
from loop.crowd import Crowd
from loop.run import Loop
from stack.product import Product

ITEMS, ANNOTATORS, OVERLAP = 600, 24, 3
BUDGET_STATEMENTS = 8.0
BUDGET_CPU_SECONDS = 12.0


def bench(product: Product) -> Iterator[dict[str, Any]]:
    loop = Loop(product.base_url, product.rpc_url, _crowd(), cpu_seconds=lambda: cpu_seconds(product))
    result = loop.run()
    yield {
        "labels": result["submitted"],
        "sql_per_label": result["sql_per_label"],
        "sql_budget": BUDGET_STATEMENTS,
        "cpu_s_per_1000_labels": result["cpu_s_per_1000_labels"],
        "cpu_budget": BUDGET_CPU_SECONDS,
        "sql_of_one_next": _mean(loop, "next"),
        "sql_of_one_submit": _mean(loop, "submit"),
        "gas_per_recipient": result["gas_per_recipient"],
        "within_budget": result["sql_per_label"] <= BUDGET_STATEMENTS
        and result["cpu_s_per_1000_labels"] <= BUDGET_CPU_SECONDS,
    }


def _mean(loop: Loop, name: str) -> float:
    return round(loop.tally.statements[name] / loop.tally.requests[name], 2)


def _crowd(seed: int = 3) -> Crowd:
    chance = random.Random(seed)  # noqa: S311 - a reproducible crowd, not a secret
    names = [f"annotator-{n:03}" for n in range(ANNOTATORS)]
    labels: dict[str, dict[str, str]] = {name: {} for name in names}
    gold = {f"t{n:05}": chance.choice(["yes", "no"]) for n in range(ITEMS)}
    for task, label in gold.items():
        for name in chance.sample(names, OVERLAP):
            labels[name][task] = label if chance.random() < 0.9 else "no"
    texts = {task: f"Sentence {task}, which somebody has to read before choosing." for task in gold}
    return Crowd("bench", texts, ["no", "yes"], labels, gold)
