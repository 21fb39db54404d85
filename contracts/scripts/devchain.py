"""An anvil of one's own for tests and measurements: the native binary, killed with its parent."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stack.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
CHAIN_ID = 31337
START_SECONDS = 20
PR_SET_PDEATHSIG = 1


class AnvilMissing(Exception):
    """The development chain is not installed."""


def find_anvil() -> Path:
    for variable in ("ANVIL_BIN", "ANVIL_BINARY"):
        if os.environ.get(variable):
            return Path(os.environ[variable])
    for found in sorted((ROOT / "var/node/node_modules/@foundry-rs").glob("anvil-*/bin/anvil")):
        return found
    raise AnvilMissing("anvil is missing: run `npm i --prefix var/node @foundry-rs/anvil@1.7.1`, or set ANVIL_BIN.")


class Devchain:
    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self.process = process

    def rpc(self, method: str, *parameters: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            answer = json.load(response)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def snapshot(self) -> str:
        return str(self.rpc("evm_snapshot"))

    def revert(self, snapshot: str) -> None:
        self.rpc("evm_revert", snapshot)
        # A reverted chain may keep a mined transaction in its pool.
        self.rpc("anvil_dropAllTransactions")

    def pass_time(self, seconds: int) -> None:
        self.rpc("evm_increaseTime", seconds)
        self.rpc("evm_mine")


@contextmanager
def start_devchain(*options: str, chain_id: int = CHAIN_ID) -> Iterator[Devchain]:
    port = free_port()
    command = [str(find_anvil()), "--host", "127.0.0.1", "--port", str(port), "--chain-id", str(chain_id)]
    process = subprocess.Popen(  # noqa: S603
        [*command, "--quiet", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=_die_with_parent,
    )
    chain = Devchain(f"http://127.0.0.1:{port}", process)
    try:
        _wait_until_ready(chain)
        yield chain
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(chain: Devchain) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            chain.rpc("eth_chainId")
            return
        except OSError:
            if chain.process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
