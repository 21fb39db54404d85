"""Secrets of an embedded product: made at the first run, kept in var/secrets, readable by their owner alone."""

import json
import os
import secrets
from pathlib import Path

from stack.layout import Layout
from stack.trouble import Trouble


def write_secret(path: Path, value: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value)


def secret_file(layout: Layout, name: str) -> Path:
    path = layout.secrets / name
    if not path.exists():
        write_secret(path, secrets.token_urlsafe(48))
    return path


def secret(layout: Layout, name: str) -> str:
    value = secret_file(layout, name).read_text(encoding="utf-8").strip()
    if not value:
        raise Trouble(f"{layout.secrets / name} is empty: restore it from a backup, or run `make reset` to lose var/.")
    return value


def database_password(layout: Layout) -> str:
    """A database that lost its password cannot be opened; a new password would only hide that."""
    has_data = layout.postgres.exists() and any(layout.postgres.iterdir())
    if has_data and not (layout.secrets / "database_password").exists():
        raise Trouble(
            f"{layout.secrets / 'database_password'} is missing and the database needs it:"
            " restore it from a backup, or run `make reset` to lose var/."
        )
    return secret(layout, "database_password")


def operator_keystore(layout: Layout) -> tuple[Path, Path]:
    """The key that settles on the embedded chain: an encrypted keystore, and the file with its password."""
    keystore = layout.secrets / "operator_keystore.json"
    password = secret_file(layout, "operator_password")
    if not keystore.exists():
        from eth_account import Account

        # The password has 384 random bits, so a slow key derivation would only slow down every start.
        encrypted = Account.encrypt(
            Account.create().key, password.read_text(encoding="utf-8"), kdf="pbkdf2", iterations=1000
        )
        write_secret(keystore, json.dumps(encrypted))
    return keystore, password


def operator_address(keystore: Path) -> str:
    try:
        return "0x" + str(json.loads(keystore.read_text(encoding="utf-8"))["address"]).removeprefix("0x")
    except (ValueError, KeyError):
        raise Trouble(f"{keystore} is damaged: restore it from a backup, or run `make reset` to lose var/.") from None
