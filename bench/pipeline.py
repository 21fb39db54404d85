"""python -m stack exec -- python -m bench.pipeline PEOPLE [--pay]: from the ledger to a root, and to the wallets.

Real PostgreSQL and a real anvil; the people, their wallets and their earnings are made first and not counted.
"""

import json
import os
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

BUDGET_SECONDS = 60.0
PEOPLE, FEW = 200_000, 10
EARNINGS_EACH = 2
MINOR = 1_000


def bench_pipeline() -> Iterator[dict[str, Any]]:
    few, many = _inside(FEW), _inside(PEOPLE, "--pay")
    same = few["statements_to_freeze"] == many["statements_to_freeze"]
    yield {
        **many,
        "statements_to_freeze_for_10": few["statements_to_freeze"],
        "seconds_budget": BUDGET_SECONDS,
        "within_budget": same and many["seconds_to_proposed_root"] <= BUDGET_SECONDS,
    }


def _inside(people: int, *more: str) -> dict[str, Any]:
    """In a process of its own beside servers of its own."""
    own = [sys.executable, "-m", "bench.pipeline", str(people), *more]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "stack", "exec", "--", *own], check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def measure(people: int, *, with_payments: bool) -> dict[str, Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from contracts.scripts.compile import build_all
    from contracts.scripts.devchain import start_devchain
    from rewards.tests.scenes import Scene

    build_all()
    call_command("migrate", verbosity=0)
    settings.SETTLEMENT_DELAY_SECONDS = 0
    with tempfile.TemporaryDirectory(prefix="foggara-bench-") as folder, start_devchain() as devchain:
        settings.MEDIA_ROOT, settings.CHAIN_RPC_URL = folder, devchain.url
        scene = Scene(devchain)
        _earn(scene, people)
        return _measure(scene, people, with_payments=with_payments)


def _earn(scene: Any, people: int) -> None:
    from accounts.models import User, Wallet
    from rewards.domain.accrual import NewEarning, accrue

    users = User.objects.bulk_create([User() for _ in range(people)], batch_size=10_000)
    Wallet.objects.bulk_create(
        [Wallet(user=user, address="0x" + secrets.token_hex(20), is_payout=True) for user in users], batch_size=10_000
    )
    escrow = scene.funded(rewards_minor=people * EARNINGS_EACH * MINOR)
    for first in range(0, people, 20_000):
        some = users[first : first + 20_000] * EARNINGS_EACH
        accrue(escrow.pk, earnings=[NewEarning(uuid4(), "answer", user.pk, MINOR) for user in some])


def _measure(scene: Any, people: int, *, with_payments: bool) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from rewards.domain.outbox import advance
    from rewards.models import ChainIntent

    started = time.monotonic()
    with CaptureQueriesContext(connection) as statements:
        batch = scene.settle()
    frozen = time.monotonic()
    propose = ChainIntent.objects.filter(batch=batch, kind="propose")
    while not propose.filter(state="confirmed").exists():
        # A step at a time, and no further than that: the runs come after it.
        if not advance(scene.chain, scene.client, scene.signer, max_steps=1):
            scene.mine(1)
            scene.index()
    proposed = time.monotonic()
    figures = {
        "people": people,
        "earnings": people * EARNINGS_EACH,
        "seconds_to_freeze": round(frozen - started, 2),
        "seconds_to_proposed_root": round(proposed - started, 2),
        "statements_to_freeze": len(statements),
        "runs": ChainIntent.objects.filter(batch=batch, kind="pay").count(),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    return figures | (_pay(scene, batch, people) if with_payments else {})


def _pay(scene: Any, batch: Any, people: int) -> dict[str, Any]:
    from rewards.domain.books import check_books

    started = time.monotonic()
    scene.go_on(rounds=100_000)
    batch.refresh_from_db()
    paid = batch.payouts.filter(state="paid").count()
    if (batch.state, paid, check_books()) != ("final", people, []):
        raise RuntimeError(f"The batch is {batch.state} with {paid} paid: {scene.stuck()}, {check_books()}")
    return {"paid": paid, "seconds_to_pay_everyone": round(time.monotonic() - started, 1)}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), with_payments="--pay" in sys.argv)))
