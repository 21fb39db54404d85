"""The seed's own anvil: mines when told to, can be killed and come back with its state."""

import gzip
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from stack.anvil import CHAIN_ID, binary
from stack.chain_keeper import drop_false_geneses, write_state
from stack.launch import die_with_parent

START_SECONDS = 30


class Node:
    def __init__(self, port: int, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.state = folder / "anvil.json"
        # Anvil has no state of the blocks before its last start: a reorganisation back to them would lose it all.
        self.floor = 0
        self.process = self._start()

    def rpc(self, method: str, *parameters: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        if "error" in answer:
            raise ValueError(f"{method}: {answer['error'].get('message')}")
        return answer["result"]

    def head(self) -> int:
        return int(self.rpc("eth_blockNumber"), 16)

    def mine(self) -> None:
        self.rpc("evm_mine")

    def restart(self) -> None:
        """Killed, and back with its blocks; what waited in its pool is lost."""
        clock = int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        dump = bytes.fromhex(self.rpc("anvil_dumpState", True).removeprefix("0x"))
        write_state(self.state, gzip.decompress(dump))
        self.kill()
        drop_false_geneses(self.state)
        self.process = self._start()
        # Anvil forgets how far its clock was set forward. A chain's never goes back: a notice would end hours later.
        self.rpc("evm_setTime", hex(max(clock, int(time.time()))))
        self.floor = self.head()

    def reorganise(self, depth: int) -> bool:
        """The last blocks are others, without a transaction. False when they lie before the last start."""
        if self.head() - depth <= self.floor:
            return False
        self.rpc("anvil_reorg", depth, [])
        return True

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        us = os.getpid()
        loaded = ["--load-state", str(self.state)] if self.state.exists() else []
        command = [os.environ.get("ANVIL_BINARY") or str(binary()), "--host", "127.0.0.1", "--port", str(self.port)]
        process = subprocess.Popen(
            [*command, "--chain-id", str(CHAIN_ID), "--no-mining", "--quiet", *loaded],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: die_with_parent(9, us),
        )
        self._wait(process)
        return process

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.rpc("eth_chainId")
                return
            except (OSError, urllib.error.URLError):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
