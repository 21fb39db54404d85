"""Where a running product keeps things: one folder, `var/` by default."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

# What a path of a Unix socket may have at most is 103 characters on macOS and 107 on Linux.
SOCKET_PATH_LIMIT = 100


@dataclass(frozen=True)
class Layout:
    var: Path

    @property
    def run(self) -> Path:
        """Process records, the lock and the control socket: only meaningful while something runs."""
        return self.var / "run"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def secrets(self) -> Path:
        return self.var / "secrets"

    @property
    def postgres(self) -> Path:
        return self.var / "postgres"

    @property
    def valkey(self) -> Path:
        return self.var / "valkey"

    @property
    def chain_state(self) -> Path:
        return self.var / "chain" / "state.json"

    @property
    def static(self) -> Path:
        return self.var / "static"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    @property
    def description(self) -> Path:
        """What a ready product is: its addresses, process ids and environment. For running_product and people."""
        return self.run / "product.json"

    @property
    def ports(self) -> Path:
        return self.var / "ports.json"

    @property
    def supervisor_config(self) -> Path:
        return self.run / "supervisord.conf"

    @property
    def supervisor_socket(self) -> Path:
        path = self.run / "supervisor.sock"
        if len(str(path)) <= SOCKET_PATH_LIMIT:
            return path
        digest = hashlib.sha256(str(self.var).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"foggara-{digest}.sock"

    def record(self, name: str) -> Path:
        return self.run / f"{name}.pid"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def make(self) -> None:
        for folder in (self.var, self.run, self.logs, self.secrets, self.var / "media", self.var / "mail"):
            folder.mkdir(parents=True, exist_ok=True)
        for private in (self.run, self.secrets):
            private.chmod(0o700)
