"""python -m bench.trees LEAVES: one tree of so many credits, in a process of its own, so that its memory is its own."""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from rewards.chain import merkle
from rewards.chain.epoch_tree import EpochTree
from rewards.chain.packed import Credit, Credits, Payments
from rewards.chain.tree_file import TreeFile, tree_file_pieces

SETTLEMENT, TOKEN = "0x" + "11" * 20, "0x" + "22" * 20
# Leaves, seconds and megabytes; one proof's milliseconds hold for both.
BUDGETS = {200_000: (1.0, None), 3_200_000: (12.0, 1024)}
BUDGET_PROOF_MS = 1.0
PROOFS = 2_000


def bench_trees() -> Iterator[dict[str, Any]]:
    for leaves, (seconds, megabytes) in BUDGETS.items():
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "bench.trees", str(leaves)], check=True, capture_output=True, text=True
        )
        found: dict[str, Any] = json.loads(done.stdout)
        is_within = found["seconds"] <= seconds and found["proof_ms"] <= BUDGET_PROOF_MS
        yield {
            **found,
            "seconds_budget": seconds,
            "rss_mb_budget": megabytes,
            "proof_ms_budget": BUDGET_PROOF_MS,
            "within_budget": is_within and (megabytes is None or found["rss_mb"] <= megabytes),
        }


def measure(leaves: int) -> dict[str, Any]:
    credits = _credits(leaves)
    started = time.perf_counter()
    tree = _tree(credits)
    seconds = time.perf_counter() - started
    figures = {
        "leaves": leaves,
        "depth": tree.depth,
        "seconds": round(seconds, 3),
        "rss_mb": _rss_mb(),
        "payments_as_runs_seconds": round(_seconds_for_payments(leaves), 3),
        "next_tree_one_in_16_changed_seconds": round(_seconds_with_known(tree), 3),
    }
    return figures | _proofs(tree)


def _tree(credits: Credits, **more: Any) -> EpochTree:
    return EpochTree(chain_id=1, settlement=SETTLEMENT, epoch=1, payments={}, credits=credits, **more)


def _credits(count: int) -> Credits:
    step, token = 2**160 // count, merkle.address_bytes(TOKEN)
    return Credits(
        b"".join(
            merkle.CREDIT.pack((n * step).to_bytes(20, "big"), token, (10**18 + n).to_bytes(32, "big"))
            for n in range(count)
        )
    )


def _seconds_for_payments(count: int) -> float:
    words = Payments(b"".join(os.urandom(20) + (10**18 + n).to_bytes(12, "big") for n in range(count)))
    started = time.perf_counter()
    EpochTree(chain_id=1, settlement=SETTLEMENT, epoch=1, payments={TOKEN: words})
    return time.perf_counter() - started


def _seconds_with_known(tree: EpochTree) -> float:
    """The next epoch: the leaves of credits that did not change are copied."""
    known, packed = tree.known_leaves(), bytearray(tree.credits.packed)
    for at in range(0, len(packed), 16 * merkle.CREDIT.size):
        packed[at + merkle.CREDIT.size - 1] ^= 1
    started = time.perf_counter()
    _tree(Credits(bytes(packed)), known=known)
    return time.perf_counter() - started


def _proofs(tree: EpochTree) -> dict[str, Any]:
    """From the file on disk, each of another account, checked against the root."""
    with tempfile.TemporaryFile() as file:
        for piece in tree_file_pieces(tree):
            file.write(piece)
        size = file.tell()
        chance = random.Random(1)  # noqa: S311 - which accounts, not a secret
        wanted: list[Credit] = [tree.credits[chance.randrange(len(tree.credits))] for _ in range(PROOFS)]
        started = time.perf_counter()
        for credit in wanted:
            file.seek(0)
            if TreeFile(file).claim(credit.account, credit.token) is None:
                raise RuntimeError("A credit of the tree is not found in its file.")
        seconds = time.perf_counter() - started
    return {"proof_ms": round(seconds / PROOFS * 1000, 3), "file_mb": round(size / 1024**2, 1)}


def _rss_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
