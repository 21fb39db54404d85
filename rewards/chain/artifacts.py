"""The compiled contracts, read as data: `contracts/` is imported by nobody."""

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eth_utils import keccak

BUILD = Path(__file__).resolve().parents[2] / "contracts" / "build"
EVM = "cancun"

AbiEntry = dict[str, Any]


class ArtifactMissing(Exception):
    """The contracts have not been compiled."""


@dataclass(frozen=True, slots=True)
class Artifact:
    name: str
    abi: tuple[AbiEntry, ...]
    bytecode: bytes
    runtime_size: int
    runtime_hash: str

    def entry(self, kind: str, name: str) -> AbiEntry:
        for entry in self.abi:
            if entry["type"] == kind and entry.get("name") == name:
                return entry
        raise KeyError(f"{self.name} has no {kind} {name}")

    def matches(self, code: bytes) -> bool:
        """Is this the contract's code? What follows the runtime code are its immutables."""
        runtime = code[: self.runtime_size]
        return len(runtime) == self.runtime_size and "0x" + keccak(runtime).hex() == self.runtime_hash


@cache
def load_artifact(name: str, evm: str = EVM) -> Artifact:
    path = BUILD / f"{name}.{evm}.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ArtifactMissing(
            f"{os.path.relpath(path)} is missing: run `python -m contracts.scripts.compile`."
        ) from None
    return Artifact(
        name=data["name"],
        abi=tuple(data["abi"]),
        bytecode=bytes.fromhex(data["bytecode"].removeprefix("0x")),
        runtime_size=data["runtime_size"],
        runtime_hash=data["runtime_hash"],
    )
