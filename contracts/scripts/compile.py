"""Compiles the contracts to contracts/build/<Name>.<evm>.json; skips what has not changed.

python -m contracts.scripts.compile            cancun (the default)
python -m contracts.scripts.compile paris      for chains without transient storage
"""

import json
import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from eth_utils import keccak

CONTRACTS = Path(__file__).resolve().parents[1]
BUILD = CONTRACTS / "build"
TOKENS = CONTRACTS / "tests" / "tokens"
EVM_VERSIONS = ("cancun", "paris")
EIP170_BYTES = 24_576
COMPILER = "0.4.3"


class CompileError(Exception):
    """A contract does not compile, or is too large to be deployed."""


def deployables() -> list[Path]:
    """Deployable contracts are named in capitals, modules in snake case."""
    return sorted(path for path in (CONTRACTS / "src").glob("*.vy") if path.stem[0].isupper())


def source_hash(path: Path, evm: str) -> str:
    """Covers every module and interface, because any of them may be imported."""
    digest = sha256(f"{COMPILER} {evm} {path.name}".encode())
    shared = [*(CONTRACTS / "src").glob("*.vy"), *(CONTRACTS / "interfaces").glob("*.vyi"), path]
    for source in sorted(set(shared)):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


def compile_contract(path: Path, evm: str) -> dict[str, Any]:
    # Imported late: it takes a second, and an unchanged tree needs no compiler.
    from vyper.compiler import compile_from_file_input
    from vyper.compiler.input_bundle import FilesystemInputBundle
    from vyper.compiler.settings import OptimizationLevel, Settings
    from vyper.exceptions import VyperException

    bundle = FilesystemInputBundle([CONTRACTS])
    settings = Settings(evm_version=evm, optimize=OptimizationLevel.GAS)
    wanted = ["abi", "bytecode", "bytecode_runtime", "userdoc", "devdoc"]
    try:
        out = compile_from_file_input(
            bundle.load_file(path), input_bundle=bundle, settings=settings, output_formats=wanted
        )
    except VyperException as error:
        raise CompileError(f"{path.name}: {error}") from error
    runtime = bytes.fromhex(out["bytecode_runtime"][2:])
    if len(runtime) > EIP170_BYTES:
        raise CompileError(f"{path.name} is {len(runtime)} bytes; EIP-170 allows {EIP170_BYTES}.")
    return {
        "name": path.stem,
        "evm": evm,
        "abi": out["abi"],
        "bytecode": out["bytecode"],
        # On chain the immutables follow this runtime code, so its hash is compared over this many bytes.
        "runtime_size": len(runtime),
        "runtime_hash": "0x" + keccak(runtime).hex(),
        "source_hash": source_hash(path, evm),
        "userdoc": out["userdoc"],
        "devdoc": out["devdoc"],
    }


def artifact_path(name: str, evm: str) -> Path:
    return BUILD / f"{name}.{evm}.json"


def build_contract(path: Path, evm: str = "cancun") -> dict[str, Any]:
    """The artifact of one contract, compiled only when its sources have changed."""
    target = artifact_path(path.stem, evm)
    if target.exists():
        artifact: dict[str, Any] = json.loads(target.read_text())
        if artifact["source_hash"] == source_hash(path, evm):
            return artifact
    artifact = compile_contract(path, evm)
    target.parent.mkdir(exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(json.dumps(artifact, indent=1, sort_keys=True))
    partial.replace(target)
    return artifact


def build_all(evm: str = "cancun") -> list[dict[str, Any]]:
    if evm not in EVM_VERSIONS:
        raise CompileError(f"Unknown EVM version {evm}; choose one of {', '.join(EVM_VERSIONS)}.")
    return [build_contract(path, evm) for path in deployables()]


def main() -> int:
    try:
        for artifact in build_all(*sys.argv[1:2]):
            print(f"{artifact['name']:12} {artifact['evm']:8} {artifact['runtime_size']:6} bytes")
    except CompileError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
