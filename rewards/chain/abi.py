"""Arguments to bytes and back, by the ABI. Pure."""

from collections.abc import Sequence
from typing import Any

from eth_abi import decode as abi_decode
from eth_abi import encode as abi_encode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak, to_checksum_address

from rewards.chain.artifacts import AbiEntry


def type_of(part: AbiEntry) -> str:
    """`tuple[]` with its components written out, as signatures and codecs want it."""
    kind = str(part["type"])
    if kind.startswith("tuple"):
        return "(" + ",".join(type_of(inner) for inner in part["components"]) + ")" + kind[len("tuple") :]
    return kind


def types_of(parts: Sequence[AbiEntry]) -> list[str]:
    return [type_of(part) for part in parts]


def signature(entry: AbiEntry) -> str:
    return f"{entry['name']}({','.join(types_of(entry['inputs']))})"


def selector(entry: AbiEntry) -> bytes:
    return bytes(keccak(text=signature(entry))[:4])


def topic(entry: AbiEntry) -> str:
    return "0x" + keccak(text=signature(entry)).hex()


def encode_call(entry: AbiEntry, arguments: Sequence[Any]) -> bytes:
    return selector(entry) + abi_encode(types_of(entry["inputs"]), arguments)


def encode_values(types: Sequence[str], values: Sequence[Any]) -> bytes:
    return bytes(abi_encode(types, values))


def decode_values(types: Sequence[str], data: bytes) -> list[Any]:
    """Addresses come back with their checksum. Raises ValueError when the bytes are not of these types."""
    try:
        values = abi_decode(types, data)
    except (DecodingError, OverflowError) as error:
        raise ValueError(f"Not an answer of type {','.join(types)}.") from error
    return [_tidy(kind, value) for kind, value in zip(types, values, strict=True)]


def _tidy(kind: str, value: Any) -> Any:
    if kind == "address":
        return to_checksum_address(value)
    if kind.startswith("(") and kind.endswith(")"):
        inner = kind[1:-1].split(",")
        return tuple(_tidy(part, item) for part, item in zip(inner, value, strict=True))
    return value
