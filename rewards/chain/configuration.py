"""The chains of this installation, from a TOML file. Read once, at the start; nonsense is refused in one line.

Addresses of nodes may carry keys: they stay in the file and never reach the database. docs/operating/settlement.md has
an example.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

FINALITIES = ("", "safe", "finalized")
ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


@dataclass(frozen=True, slots=True)
class TokenSettings:
    address: str
    faucet: bool = False


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """One chain: where its nodes are, what is believed of it, and which tokens are accepted on it."""

    chain_id: int
    name: str
    rpc_urls: tuple[str, ...]
    confirmations: int = 3
    finality: str = ""
    explorer_url: str = ""
    escrow: str = ""
    settlement: str = ""
    deployed_block: int = 0
    operator_keystore: str = ""
    operator_password_file: str = ""
    tokens: tuple[TokenSettings, ...] = field(default=())


def read_chains(path: str) -> dict[int, ChainSettings]:
    """Chain id → settings. An empty path is no chains."""
    if not path:
        return {}
    try:
        said = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"CHAINS_FILE cannot be read: {error}.") from error
    found = [_chain(table) for table in said.get("chain", [])]
    chains = {chain.chain_id: chain for chain in found}
    if len(chains) != len(found):
        raise ImproperlyConfigured("CHAINS_FILE names a chain twice.")
    return chains


def _chain(table: Mapping[str, Any]) -> ChainSettings:
    chain_id = _whole(table, "id", None, 1, 2**53)
    where = f"CHAINS_FILE, chain {chain_id}"
    names = {"id", "name", "rpc", "confirmations", "finality", "explorer", "contracts", "operator", "token"}
    if unknown := sorted(set(table) - names):
        raise ImproperlyConfigured(f"{where}: {unknown[0]} is not known.")
    urls = table.get("rpc")
    if not isinstance(urls, list) or not urls or not all(_is_http(url) for url in urls):
        raise ImproperlyConfigured(f"{where}: rpc must list addresses beginning with http:// or https://.")
    finality = table.get("finality", "")
    if finality not in FINALITIES:
        raise ImproperlyConfigured(f"{where}: finality must be safe, finalized or nothing, not {finality!r}.")
    explorer = table.get("explorer", "")
    if explorer and not _is_http(explorer):
        raise ImproperlyConfigured(f"{where}: explorer must be an address beginning with http:// or https://.")
    contracts, operator = table.get("contracts", {}), table.get("operator", {})
    return ChainSettings(
        chain_id=chain_id,
        name=str(table.get("name") or f"Chain {chain_id}")[:60],
        rpc_urls=tuple(urls),
        confirmations=_whole(table, "confirmations", 3, 0, 1000),
        finality=finality,
        explorer_url=explorer,
        escrow=_address(contracts, "escrow", where),
        settlement=_address(contracts, "settlement", where),
        deployed_block=_whole(contracts, "deployed_block", 0, 0, 2**62),
        operator_keystore=str(operator.get("keystore", "")),
        operator_password_file=str(operator.get("password_file", "")),
        tokens=tuple(_token(one, where) for one in table.get("token", [])),
    )


def _token(table: Mapping[str, Any], where: str) -> TokenSettings:
    address = _address(table, "address", where)
    if not address:
        raise ImproperlyConfigured(f"{where}: a token has no address.")
    return TokenSettings(address=address, faucet=table.get("faucet") is True)


def _address(table: Mapping[str, Any], name: str, where: str) -> str:
    value = str(table.get(name, ""))
    if value and not ADDRESS.fullmatch(value):
        raise ImproperlyConfigured(f"{where}: {name} must be an address: 0x and 40 hexadecimal digits.")
    return value


def _whole(table: Mapping[str, Any], name: str, default: int | None, low: int, high: int) -> int:
    value = table.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ImproperlyConfigured(f"CHAINS_FILE: {name} must be a whole number from {low} to {high}, not {value!r}.")
    return value


def _is_http(value: object) -> bool:
    parts = urlsplit(value) if isinstance(value, str) else None
    return parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname)
