"""A small TCP proxy between the workers and the node: it loses questions and answers, and says how many.

A process of its own, forked before anything else is started. Its faults are set by writing a line of JSON to its pipe.
"""

import contextlib
import json
import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

BUFFER = 1 << 16
PATIENCE_SECONDS = 20.0
LOST_BEFORE, LOST_AFTER, HUNG = "rpc lost before", "rpc answer lost", "rpc hung"


@dataclass
class Proxy:
    port: int
    node_port: int
    seed: int
    rates: dict[str, float] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def serve(self) -> None:
        self.random = random.Random(self.seed)
        with socket.create_server(("127.0.0.1", self.port), backlog=64) as server:
            while True:
                caller, _address = server.accept()
                threading.Thread(target=self._serve_one, args=(caller,), daemon=True).start()

    def _serve_one(self, caller: socket.socket) -> None:
        with caller, contextlib.suppress(OSError):
            while question := read_message(caller):
                fault = self._fault(question)
                if fault == LOST_BEFORE:
                    return
                if fault == HUNG:
                    time.sleep(PATIENCE_SECONDS)
                    return
                # One connection a question: after a restart of the node none is stale.
                with socket.create_connection(("127.0.0.1", self.node_port), timeout=PATIENCE_SECONDS) as node:
                    node.sendall(question)
                    answer = read_message(node)
                if fault == LOST_AFTER or not answer:
                    return
                caller.sendall(answer)

    def _fault(self, question: bytes) -> str:
        # What is broadcast is what matters most.
        often = 4.0 if b"eth_sendRawTransaction" in question else 1.0
        draw = self.random.random()
        for fault in (LOST_BEFORE, LOST_AFTER, HUNG):
            draw -= self.rates.get(fault, 0.0) * often
            if draw < 0:
                self.counts[fault] += 1
                return fault
        return ""


def read_message(source: socket.socket) -> bytes:
    """One HTTP message with a Content-Length; empty when the other side has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = source.recv(BUFFER)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        more = source.recv(BUFFER)
        if not more:
            return b""
        body += more
    return head + b"\r\n\r\n" + body


@dataclass
class RunningProxy:
    process: int
    control: int
    port: int
    counts_file: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def set_rates(self, **rates: float) -> None:
        named = {name.replace("_", " "): rate for name, rate in rates.items()}
        os.write(self.control, (json.dumps(named) + "\n").encode())

    def stop(self) -> dict[str, int]:
        os.kill(self.process, signal.SIGTERM)
        os.waitpid(self.process, 0)
        os.close(self.control)
        return dict(json.loads(self.counts_file.read_text(encoding="utf-8")))


def start_proxy(*, port: int, node_port: int, seed: int, folder: Path) -> RunningProxy:
    reading, writing = os.pipe()
    counts_file = folder / "proxy.json"
    process = os.fork()
    if process == 0:
        os.close(writing)
        _live(Proxy(port=port, node_port=node_port, seed=seed), reading, counts_file)
    os.close(reading)
    return RunningProxy(process=process, control=writing, port=port, counts_file=counts_file)


def _live(proxy: Proxy, control: int, counts_file: Path) -> None:
    def leave(_number: int, _frame: FrameType | None) -> None:
        counts_file.write_text(json.dumps(proxy.counts), encoding="utf-8")
        os._exit(0)

    def listen() -> None:
        with os.fdopen(control, encoding="utf-8") as lines:
            for line in lines:
                proxy.rates = json.loads(line)
        os._exit(1)  # who started us is gone

    signal.signal(signal.SIGTERM, leave)
    threading.Thread(target=listen, daemon=True).start()
    proxy.serve()
