"""Typed readers of the environment that refuse nonsense at start. Used by config/settings.py alone."""

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """A setting's text, from NAME or from the file that NAME_FILE points at."""
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE points at a file that cannot be read: {error}.") from error
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set. Set it, or start everything with `make run`.")
    return default


def boolean(name: str, *, default: bool) -> bool:
    value = text(name, "true" if default else "false").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def integer(name: str, default: int, *, low: int, high: int) -> int:
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error
    if not low <= number <= high:
        raise ImproperlyConfigured(f"{name} must be from {low} to {high}, not {number}.")
    return number


def words(name: str, default: str) -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def url(name: str, default: str | None, *, schemes: set[str]) -> str:
    value = text(name, default)
    parts = urlsplit(value)
    if parts.scheme not in schemes or not (parts.hostname or parts.path.strip("/")):
        beginnings = " or ".join("mailto:" if scheme == "mailto" else f"{scheme}://" for scheme in sorted(schemes))
        raise ImproperlyConfigured(f"{name} must be an address beginning with {beginnings}.")
    return value


def urls(name: str, *, schemes: set[str]) -> list[str]:
    """Any number of addresses, with commas."""
    found = words(name, "")
    for value in found:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not parts.hostname:
            beginnings = " or ".join(f"{scheme}://" for scheme in sorted(schemes))
            raise ImproperlyConfigured(f"{name} must be addresses beginning with {beginnings}, with commas.")
    return found


def choice(name: str, default: str, *, allowed: set[str]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(sorted(allowed))}, not {value!r}.")
    return value


def evm_address(name: str) -> str:
    """An account of the chain, or nothing."""
    value = text(name, "")
    if value and not re.fullmatch(r"0x[0-9a-fA-F]{40}", value):
        raise ImproperlyConfigured(f"{name} must be an address: 0x and 40 hexadecimal digits.")
    return value


def rate(name: str, default: str) -> str:
    value = text(name, default)
    if not re.fullmatch(r"[1-9][0-9]*/(sec|min|hour|day)", value):
        raise ImproperlyConfigured(f"{name} must be a rate such as {default}, not {value!r}.")
    return value


def database(name: str, default: str | None = None) -> dict[str, object]:
    """Django's DATABASES entry from postgresql://user:password@host:port/name (PostgreSQL is the only one)."""
    parts = urlsplit(url(name, default, schemes={"postgresql", "postgres"}))
    try:
        port = parts.port or 5432
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} has a port that is no number.") from error
    database_name = unquote(parts.path.lstrip("/"))
    if not database_name:
        raise ImproperlyConfigured(f"{name} names no database: end it with /NAME.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(port),
    }
