"""Anvil's parent: keeps its state on disk, and keeps its blocks coming.

Anvil can write its state by itself (`--state`), but it truncates the file and writes it anew: killed in that moment it
leaves half a file and never starts again. And mining a block each second would fill the file with 86,400 empty blocks a
day. So the keeper asks for the state when the head has moved, and puts it in place by a rename; and it mines one
block a second only while a transaction is waiting for its confirmations, else one each HEARTBEAT_SECONDS, so that
the chain's clock never stands far behind.

What was mined after the last rename (at most about a second) is gone after a kill -9: to the product that is a
reorganisation, and shallower than CHAIN_CONFIRMATIONS (3 blocks, 3 seconds).
"""

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from stack.anvil import Chain, rpc
from stack.processes import recorded_process, start_part, stop_process, wait_ready
from stack.trouble import Trouble

POLL_SECONDS = 0.25
BLOCK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
# Blocks mined after the last transaction: more than any sensible CHAIN_CONFIRMATIONS of a development chain.
FOLLOWING_BLOCKS = 12


class Keeper:
    def __init__(self, *, port: int, state: Path, record_folder: Path) -> None:
        self.state = state
        self.record_folder = record_folder
        self.chain = Chain(port, ["--load-state", str(state)] if state.exists() else [])
        self.saved_head = ""
        self.last_seen = -1
        self.last_with_transaction = -1
        self.last_block_at = time.monotonic()

    def start(self) -> subprocess.Popen[bytes]:
        left_over = recorded_process(self.record_folder / "anvil.pid")
        if left_over is not None:
            left_over.kill()
        part = self.chain.part()
        process = start_part(part, folder=self.record_folder)
        wait_ready(part, process, log=self.record_folder / "anvil.log")
        if self.state.exists():
            self.keep_clock()
        return process

    def keep_clock(self) -> None:
        """Anvil forgets how far its clock was set forward; a chain's never goes back."""
        head = rpc(self.chain.url, "eth_getBlockByNumber", "latest", False)
        clock = int(head["timestamp"], 16) if isinstance(head, dict) else 0
        if clock > time.time():
            rpc(self.chain.url, "evm_setTime", hex(clock))

    def run(self) -> int:
        """Return when anvil ends; the process manager then starts us again."""
        process = self.start()
        try:
            while process.poll() is None:
                # A busy node answers late; only its end is our end.
                with contextlib.suppress(OSError, ValueError):
                    self.look()
                time.sleep(POLL_SECONDS)
            return 1
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            with contextlib.suppress(OSError, ValueError):
                self.save()
            stop_process(process, signal.SIGTERM, patience_seconds=5)

    def look(self) -> None:
        head = int(str(rpc(self.chain.url, "eth_blockNumber")), 16)
        if head != self.last_seen:
            self.note_transactions(head)
        if self.is_block_due(head):
            rpc(self.chain.url, "evm_mine")
        self.save()

    def note_transactions(self, head: int) -> None:
        if head < self.last_seen or self.last_seen < 0:
            self.last_with_transaction = head
        for number in range(max(self.last_seen, head - FOLLOWING_BLOCKS, 0), head + 1):
            count = rpc(self.chain.url, "eth_getBlockTransactionCountByNumber", hex(number))
            if count is not None and int(str(count), 16):
                self.last_with_transaction = number
        self.last_seen = head
        self.last_block_at = time.monotonic()

    def is_block_due(self, head: int) -> bool:
        is_followed = head - self.last_with_transaction >= FOLLOWING_BLOCKS
        return time.monotonic() - self.last_block_at >= (HEARTBEAT_SECONDS if is_followed else BLOCK_SECONDS)

    def save(self) -> None:
        head = rpc(self.chain.url, "eth_getBlockByNumber", "latest", False)
        block_hash = str(head["hash"]) if isinstance(head, dict) else ""
        if block_hash == self.saved_head:
            return
        dump = str(rpc(self.chain.url, "anvil_dumpState", timeout_seconds=60))
        write_state(self.state, gzip.decompress(bytes.fromhex(dump.removeprefix("0x"))))
        self.saved_head = block_hash


def read_state(state: Path) -> dict[str, Any]:
    try:
        found = json.loads(state.read_text(encoding="utf-8"))
        if isinstance(found, dict) and isinstance(found["blocks"], list):
            return found
    except (OSError, ValueError, KeyError):
        pass
    raise Trouble(f"The chain's state {state} is damaged: restore it from a backup, or run `make reset` to lose it.")


def check_state(state: Path) -> None:
    if state.exists():
        read_state(state)


def write_state(state: Path, content: bytes) -> None:
    new = state.with_suffix(".new")
    new.write_bytes(content)
    new.replace(state)


def drop_false_geneses(state: Path) -> None:
    """Anvil makes a new block 0 at each start before it loads the old one, and saves them all.

    From the second start on it would take any of them for block 0, and a product that checks the chain's identity
    would rightly refuse to go on. The true one is the oldest.
    """
    content = read_state(state)
    geneses = [block for block in content["blocks"] if int(block["header"]["number"], 16) == 0]
    if len(geneses) < 2:
        return
    true_one = min(geneses, key=lambda block: int(block["header"]["timestamp"], 16))
    content["blocks"] = [
        block for block in content["blocks"] if int(block["header"]["number"], 16) or block is true_one
    ]
    write_state(state, json.dumps(content).encode())


def leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def keep(port: int, state: Path, record_folder: Path) -> int:
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o077)
    state.parent.mkdir(parents=True, exist_ok=True)
    if state.exists():
        drop_false_geneses(state)
    return Keeper(port=port, state=state, record_folder=record_folder).run()


if __name__ == "__main__":
    try:
        raise SystemExit(keep(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
    except Trouble as trouble:
        raise SystemExit(str(trouble)) from None
