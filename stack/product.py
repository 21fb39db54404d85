"""A whole product for a script or a test: its servers, web, worker and beat, under the same process manager.

with running_product(Path("/tmp/x/var")) as product:
    requests.get(product.base_url)
    product.kill("worker")      # kill -9; the process manager brings it back
    product.wait_back("worker")
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from stack.launch import die_with_parent
from stack.layout import Layout
from stack.plan import is_serving
from stack.processes import ROOT, recorded_process, wait_until
from stack.supervision import Supervisor
from stack.trouble import Trouble

PARTS = ("postgres", "valkey", "chain", "anvil", "web", "worker", "beat")
# What would make the product use servers that are not its own.
FOREIGN = (
    "DATABASE_URL",
    "REDIS_URL",
    "CHAIN_RPC_URL",
    "CHAIN_OPERATOR_KEYSTORE",
    "CHAIN_OPERATOR_PASSWORD",
    "CHAIN_OPERATOR_PASSWORD_FILE",
    "SECRET_KEY",
    "SECRET_KEY_FILE",
    "SITE_URL",
    "MEDIA_ROOT",
    "STATIC_ROOT",
    "EMAIL_FILE_PATH",
)


@dataclass(frozen=True)
class Product:
    layout: Layout
    base_url: str
    env: dict[str, str]
    pid: int

    @property
    def database_url(self) -> str:
        return self.env["DATABASE_URL"]

    @property
    def redis_url(self) -> str:
        return self.env["REDIS_URL"]

    @property
    def rpc_url(self) -> str:
        return self.env["CHAIN_RPC_URL"]

    def process(self, name: str) -> psutil.Process:
        """The main process of a part. `anvil` is the chain's node, `chain` its keeper."""
        process = recorded_process(self.layout.record(name))
        if process is None:
            raise Trouble(f"{name} is not running (of {', '.join(PARTS)}).")
        return process

    def kill(self, name: str) -> int:
        """kill -9, as the out-of-memory killer would; returns the process id that was."""
        process = self.process(name)
        process.kill()
        # It may be a zombie of somebody else's until the process manager looks.
        wait_until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, timeout_seconds=5)
        return process.pid

    def wait_back(self, name: str, *, not_pid: int | None = None, timeout_seconds: float = 120) -> int:
        def is_back() -> bool:
            process = recorded_process(self.layout.record(name))
            is_new = process is not None and process.pid != not_pid
            return is_new and (name != "web" or is_serving(int(self.base_url.rsplit(":", 1)[1])))

        if not wait_until(is_back, timeout_seconds=timeout_seconds, step_seconds=0.1):
            raise Trouble(f"{name} did not come back within {timeout_seconds} s (log: {self.layout.log(name)}).")
        return self.process(name).pid

    def kill_and_wait(self, name: str, *, timeout_seconds: float = 120) -> int:
        return self.wait_back(name, not_pid=self.kill(name), timeout_seconds=timeout_seconds)

    def restart(self, name: str) -> int:
        """An orderly stop and start, as a deployment does it."""
        before = self.process(name).pid
        remote = Supervisor(self.layout).remote
        program = "chain" if name == "anvil" else name
        remote.stopProcess(program, True)
        remote.startProcess(program, True)
        return self.wait_back(name, not_pid=before)

    def run(self, *command: str, timeout_seconds: float = 120) -> str:
        """A command in the product's environment, such as ("manage.py", "check_ledger"); its output."""
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.env, text=True, capture_output=True, timeout=timeout_seconds
        )
        if done.returncode:
            raise Trouble(f"{' '.join(command)} failed: {done.stderr or done.stdout}")
        return done.stdout


def attach(var: Path) -> Product:
    """The product that runs in this folder."""
    layout = Layout(var.resolve())
    try:
        noted = json.loads(layout.description.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Trouble(f"No product is running in {layout.var}.") from None
    return Product(layout, noted["base_url"], noted["environment"], int(noted["pid"]))


@contextlib.contextmanager
def running_product(
    var: Path,
    *,
    port: int = 0,
    environment: Mapping[str, str] | None = None,
    skip: Sequence[str] = ("demo",),
    timeout_seconds: float = 420,
) -> Iterator[Product]:
    """Start it in `var` (made if missing, kept afterwards), wait until it serves, stop it at the end.

    `skip` names steps of stack/setup_steps.py that are left out: demo data, unless `skip=()`.
    Servers named by this process's environment are not used; name them in `environment` to use them.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    us = os.getpid()
    var.mkdir(parents=True, exist_ok=True)
    output = var / "stack.out"
    command = [sys.executable, "-m", "stack", "run", "--var", str(var), "--port", str(port), "--chain-port", "0"]
    with output.open("wb") as log:
        process = subprocess.Popen(
            [*command, *(word for step in skip for word in ("--skip", step))],
            cwd=ROOT,
            env=inherited | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(signal.SIGTERM, us),
        )
    try:
        yield wait_for_product(process, var, output, timeout_seconds)
    finally:
        process.terminate()
        process.wait(90)


def wait_for_product(process: subprocess.Popen[bytes], var: Path, output: Path, timeout_seconds: float) -> Product:
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(Trouble):
            product = attach(var)
            if product.pid == process.pid:
                return product
        time.sleep(0.1)
    raise Trouble(f"The product did not start: {output.read_text(encoding='utf-8', errors='replace').strip()}")
