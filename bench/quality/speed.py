"""Acceptance 4: a million answers beside crowd-kit in one process, memory alone, and one answer online.

crowd-kit lives in an environment of its own (requirements-bench.txt), made under var/ at the first run.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / "var" / "bench" / "crowd-kit"
LEAST_RATIO, MOST_MB, MOST_ONE_COIN_S, MOST_ONLINE_US = 10.0, 250.0, 2.0, 50.0


def bench(sets: Sequence[str], seeds: int) -> Iterator[dict[str, Any]]:
    yield {**(alone := _inside(Path(sys.executable), "alone")), "within_budget": _is_within(alone)}
    python = _python_with_crowd_kit()
    if python is None:
        yield {"crowd_kit": "could not be installed", "within_budget": False}
        return
    beside = _inside(python, "beside")
    yield {**beside, "within_budget": beside["ratio"] >= LEAST_RATIO}


def _is_within(figures: dict[str, Any]) -> bool:
    return bool(
        figures["peak_mb"] <= MOST_MB
        and figures["one_coin_cpu_s"] <= MOST_ONE_COIN_S
        and figures["online_us"] <= MOST_ONLINE_US
    )


def _inside(python: Path, what: str) -> dict[str, Any]:
    print(f"speed {what}: a million answers", file=sys.stderr, flush=True)
    done = subprocess.run(  # noqa: S603 - our own module, in this Python or the one made below
        [str(python), "-m", "bench.quality.million", what],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _python_with_crowd_kit() -> Path | None:
    python = ENVIRONMENT / "bin" / "python"
    if (ENVIRONMENT / "made").exists():
        return python
    print(f"speed: making {ENVIRONMENT.relative_to(ROOT)} with crowd-kit", file=sys.stderr, flush=True)
    install = [str(python), "-m", "pip", "install", "-q", "-r", str(ROOT / "requirements-bench.txt")]
    for command in ([sys.executable, "-m", "venv", str(ENVIRONMENT)], install):
        if subprocess.run(command, check=False).returncode:  # noqa: S603
            return None
    (ENVIRONMENT / "made").touch()
    return python
