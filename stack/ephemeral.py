"""`python -m stack exec -- COMMAND`: run a command beside servers of its own, which end with it.

Three processes, so that nothing stays whatever is killed: *we* run the command; a *guardian* in a session of its own
holds the servers and the temporary folder, and ends when the pipe to us closes; the servers get a signal from the
kernel should the guardian itself be killed.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from stack import anvil, postgres, valkey
from stack.launch import die_with_parent
from stack.processes import ROOT, Part, free_port, start_part, stop_process, wait_ready
from stack.trouble import Trouble

PREFIX = "foggara-exec-"
PATIENCE_SECONDS = 10


class Servers:
    """PostgreSQL, Valkey and anvil in one folder; leaving the context stops them in reverse order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = postgres.Cluster(folder / "postgres", free_port(), secrets.token_hex(8), postgres.THROWAWAY)
        self.broker = valkey.Broker(folder / "valkey", free_port(), secrets.token_hex(8), is_durable=False)
        self.chain = anvil.Chain(free_port())
        self.running: list[tuple[Part, subprocess.Popen[bytes]]] = []

    def start(self) -> None:
        anvil.install()
        self.cluster.initialise()
        for part in (self.cluster.part(), self.broker.part(), self.chain.part()):
            self.running.append((part, start_part(part, folder=self.folder)))
        for part, process in self.running:
            wait_ready(part, process, log=self.folder / f"{part.name}.log")
        self.cluster.create_database()

    def stop(self) -> None:
        for part, process in reversed(self.running):
            # Nothing here is kept, so PostgreSQL need not write a last checkpoint.
            quick = signal.SIGQUIT if part.name == "postgres" else part.stop_signal
            stop_process(process, quick, patience_seconds=PATIENCE_SECONDS)

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.cluster.url,
            "REDIS_URL": self.broker.url,
            "CHAIN_RPC_URL": self.chain.url,
            "CHAIN_ID": str(anvil.CHAIN_ID),
            "SECRET_KEY": secrets.token_urlsafe(48),
            "MEDIA_ROOT": str(self.folder / "media"),
            "EMAIL_FILE_PATH": str(self.folder / "mail"),
            "STACK_FOLDER": str(self.folder),
            "ANVIL_BINARY": str(anvil.binary()),
        }


def remove_abandoned() -> None:
    """Folders whose guardian was killed with -9: their servers died with it, the files did not."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            is_ours = folder.stat().st_uid == os.geteuid()
            is_fresh = time.time() - folder.stat().st_mtime < 60
            if is_ours and not is_fresh and not has_guardian(folder):
                shutil.rmtree(folder, ignore_errors=True)


def has_guardian(folder: Path) -> bool:
    try:
        process = psutil.Process(int((folder / "guardian").read_text(encoding="utf-8")))
        return "guard" in process.cmdline()
    except (OSError, ValueError, psutil.Error):
        return False


def guard() -> int:
    """Start the servers, say how to reach them, and stop them when our standard input ends."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    # Where root lacks CAP_DAC_OVERRIDE (some containers) the database's user must be able to pass through.
    folder.chmod(0o711)
    (folder / "guardian").write_text(str(os.getpid()))
    servers = Servers(folder)
    try:
        servers.start()
        print(json.dumps({"environment": servers.environment()}), flush=True)
        sys.stdin.buffer.read()
    except Trouble as trouble:
        print(json.dumps({"trouble": str(trouble)}), flush=True)
    finally:
        for name in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


@contextlib.contextmanager
def servers() -> Iterator[dict[str, str]]:
    """The environment of freshly started servers; they are gone when the block ends, and when we are killed."""
    guardian = subprocess.Popen(
        [sys.executable, "-m", "stack", "guard"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    )
    assert guardian.stdin is not None
    assert guardian.stdout is not None
    try:
        yield read_environment(guardian.stdout.readline())
    finally:
        guardian.stdin.close()
        guardian.wait()
        guardian.stdout.close()


def read_environment(line: bytes) -> dict[str, str]:
    answer: dict[str, Any] = (
        json.loads(line) if line else {"trouble": "The guardian of the servers ended before they started."}
    )
    if "trouble" in answer:
        raise Trouble(answer["trouble"])
    return {str(name): str(value) for name, value in answer["environment"].items()}


def clean_environment() -> dict[str, str]:
    """Without what would point the command at somebody's settings or chain accounts."""
    unwanted = {
        "DJANGO_SETTINGS_MODULE",
        "SITE_URL",
        "SECRET_KEY_FILE",
        "STATIC_ROOT",
        "CHAIN_OPERATOR_KEYSTORE",
        "CHAIN_OPERATOR_PASSWORD",
        "CHAIN_OPERATOR_PASSWORD_FILE",
    }
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def run_command(command: list[str]) -> int:
    """Run it, pass our signals on to it, and return what the shell would."""
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, leave)
    with servers() as environment:
        us = os.getpid()
        try:
            process = subprocess.Popen(
                command,
                env=clean_environment() | environment,
                preexec_fn=lambda: die_with_parent(signal.SIGTERM, us),
            )
        except FileNotFoundError:
            raise Trouble(f"There is no command {command[0]!r}.") from None
        return wait_for(process)


def wait_for(process: subprocess.Popen[bytes]) -> int:
    try:
        while True:
            try:
                status = process.wait()
            except KeyboardInterrupt:
                # The terminal sent it to the command too, which decides what to do about it.
                continue
            return status if status >= 0 else 128 - status
    except SystemExit:
        stop_process(process, signal.SIGTERM, patience_seconds=PATIENCE_SECONDS)
        raise
