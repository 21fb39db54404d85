"""python -m loop [--base-url URL --rpc-url URL] [--data FOLDER] [--var FOLDER] [--storm] [--adaptive [TARGET]]"""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from loop.cpu import cpu_seconds
from loop.crowd import read_crowd, small_crowd
from loop.run import Loop
from stack.product import Product, running_product

# A settlement every few seconds, and no limit to how many people may join from one address.
QUICK = {
    "DEMO": "true",
    "SETTLEMENT_INTERVAL_SECONDS": "10",
    "CHAIN_CONFIRMATIONS": "2",
    "SIGN_INS_PER_MINUTE": "100000",
    "API_RATE": "1000000/min",
    "TASK_VISIBILITY_SECONDS": "20",
    # The whole labelling takes a few minutes.
    "HARD_ITEM_WAIT_SECONDS": "20",
}
# What an adaptive run aims at when nothing else is said.
TARGET = 0.98
KILLED = ("worker", "web", "anvil")


def main() -> int:
    arguments = _arguments()
    crowd = read_crowd(arguments.data) if arguments.data else small_crowd()
    if arguments.base_url:
        result = Loop(arguments.base_url, arguments.rpc_url, crowd, target=arguments.adaptive).run()
    else:
        with _product(arguments.var) as product:
            loop = Loop(product.base_url, product.rpc_url, crowd, target=arguments.adaptive)
            loop.cpu_seconds = lambda: cpu_seconds(product)
            if arguments.storm:
                loop.cpu_seconds = None
                loop.on_labelling = lambda: _kill_parts(product)
            result = loop.run()
            product.run("manage.py", "check_ledger")
    print(json.dumps(result), flush=True)
    is_exact = result["chain_minor"] == result["ledger_minor"] == result["expected_minor"]
    if arguments.adaptive is not None:
        is_exact &= result["saved_minor"] == result["refunded_minor"] == result["refunded_ledger_minor"]
    return 0 if is_exact and result["wallets_paid"] == result["wallets"] else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make loop", description="The whole product, over HTTP only.")
    parser.add_argument("--base-url", default="", help="a product that runs already; else one is started and stopped")
    parser.add_argument("--rpc-url", default=os.environ.get("CHAIN_RPC_URL", "http://127.0.0.1:8545"))
    parser.add_argument("--data", type=Path, help="a folder with a recorded crowd: labels.csv, gold.csv, meta.json")
    parser.add_argument("--var", type=Path, help="where the started product keeps its data (default: a new folder)")
    parser.add_argument(
        "--adaptive",
        type=float,
        nargs="?",
        const=TARGET,
        help=f"collect until every item is so sure (default {TARGET}), and take the rest of the money back",
    )
    parser.add_argument("--storm", action="store_true", help="kill -9 worker, web and chain while people label")
    return parser.parse_args()


@contextlib.contextmanager
def _product(var: Path | None) -> Iterator[Product]:
    with contextlib.ExitStack() as stack:
        folder = var or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="foggara-loop-")))
        yield stack.enter_context(running_product(folder / "var", environment=QUICK))


def _kill_parts(product: Product) -> None:
    for name in KILLED:
        time.sleep(3)
        print(f"# kill -9 {name}", flush=True)
        product.kill_and_wait(name, timeout_seconds=60)


if __name__ == "__main__":
    sys.exit(main())
