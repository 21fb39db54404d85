"""Starting, watching and stopping processes of our own."""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from stack.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
ERROR_LINE = re.compile(r"^[\w.]*(Error|Exception|ImproperlyConfigured)\b.*: |FATAL: |PANIC: |^Error")
LAUNCHER = Path(__file__).resolve().parent / "launch.py"
SERVER_PORTS = range(15_000, 32_000)


@dataclass(frozen=True)
class Part:
    """A server: how it is started, how one sees that it answers, how it is asked to stop."""

    name: str
    command: list[str]
    is_ready: Callable[[], bool]
    user: str | None = None
    needs: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    environment: dict[str, str] = field(default_factory=dict)

    def launch_command(self, record: Path, parent: int | None = None) -> list[str]:
        options = ["--record", str(record), "--death-signal", str(int(self.stop_signal))]
        if self.user:
            options += ["--user", self.user, *(["--needs", str(self.needs)] if self.needs else [])]
        if parent:
            options += ["--parent", str(parent)]
        return [sys.executable, str(LAUNCHER), *options, "--", *self.command]


def free_port() -> int:
    """Below those that the system lends to outgoing connections: one of them could take it before the server does."""
    for _attempt in range(200):
        port = secrets.choice(SERVER_PORTS)
        if port_is_free("127.0.0.1", port):
            return port
    raise Trouble(f"No port between {SERVER_PORTS[0]} and {SERVER_PORTS[-1]} is free: stop some servers.")


def port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def answers(port: int, host: str = "127.0.0.1") -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def wait_until(condition: Callable[[], bool], *, timeout_seconds: float, step_seconds: float = 0.03) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(step_seconds)
    return False


def start_part(part: Part, *, folder: Path) -> subprocess.Popen[bytes]:
    log = (folder / f"{part.name}.log").open("ab")
    with log:
        return subprocess.Popen(
            part.launch_command(folder / f"{part.name}.pid", os.getpid()),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | part.environment,
            cwd=folder,
            start_new_session=True,
        )


def wait_ready(part: Part, process: subprocess.Popen[bytes], *, log: Path, timeout_seconds: float = 30) -> None:
    def ready_or_dead() -> bool:
        return process.poll() is not None or part.is_ready()

    wait_until(ready_or_dead, timeout_seconds=timeout_seconds)
    if process.poll() is not None or not part.is_ready():
        raise Trouble(f"{part.name} did not start: {last_line(log)} (whole log: {log})")


def stop_process(process: subprocess.Popen[bytes], stop_signal: signal.Signals, *, patience_seconds: float) -> None:
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def last_line(log: Path) -> str:
    """What a person needs from a log in one line: its last error, else its last words."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    errors = [line for line in lines[-60:] if ERROR_LINE.search(line)]
    return next(reversed(errors or lines), "it wrote nothing").strip()[:300]


def recorded_process(record: Path) -> psutil.Process | None:
    """The living process that wrote this record, or None. A number reused by somebody else's process is not ours."""
    try:
        noted = json.loads(record.read_text(encoding="utf-8"))
        process = psutil.Process(int(noted["pid"]))
        started_before_noting = process.create_time() <= record.stat().st_mtime + 1
        same_program = Path(noted["command"][0]).name in " ".join(process.cmdline())
    except (OSError, ValueError, KeyError, psutil.Error):
        return None
    return process if started_before_noting and same_program else None
