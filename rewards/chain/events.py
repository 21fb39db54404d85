"""What the contracts say in their logs, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from eth_utils import to_checksum_address

from rewards.chain import abi
from rewards.chain.artifacts import AbiEntry, load_artifact


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where a log stands. The block's hash tells whether it still does after a reorganisation."""

    contract: str
    block_number: int
    block_hash: str
    transaction_hash: str
    log_index: int


@dataclass(frozen=True, slots=True)
class ChainEvent:
    at: LogPlace


@dataclass(frozen=True, slots=True)
class Opened(ChainEvent):
    project: bytes
    client: str
    token: str
    salt: bytes
    fee_bps: int
    cap: int


@dataclass(frozen=True, slots=True)
class Funded(ChainEvent):
    project: bytes
    payer: str
    amount: int
    funded: int


@dataclass(frozen=True, slots=True)
class Released(ChainEvent):
    batch: bytes
    project: bytes
    amount: int
    fee: int
    rewarded: int


@dataclass(frozen=True, slots=True)
class Unreleased(ChainEvent):
    """A due that was passed over: `reason` is a Refusal of Escrow."""

    batch: bytes
    project: bytes
    rewarded: int
    reason: int


@dataclass(frozen=True, slots=True)
class Closing(ChainEvent):
    project: bytes
    by: str
    at_time: int


@dataclass(frozen=True, slots=True)
class Refunded(ChainEvent):
    project: bytes
    client: str
    amount: int


@dataclass(frozen=True, slots=True)
class FeesHeld(ChainEvent):
    token: str
    amount: int


@dataclass(frozen=True, slots=True)
class FeesCollected(ChainEvent):
    token: str
    amount: int


@dataclass(frozen=True, slots=True)
class RootProposed(ChainEvent):
    epoch: int
    batch: bytes
    root: bytes
    uri_hash: bytes
    ready_at: int


@dataclass(frozen=True, slots=True)
class RootActive(ChainEvent):
    epoch: int
    root: bytes


@dataclass(frozen=True, slots=True)
class RootVetoed(ChainEvent):
    epoch: int
    root: bytes
    by: str


@dataclass(frozen=True, slots=True)
class RunPaid(ChainEvent):
    epoch: int
    token: str
    start: int
    count: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Unpaid(ChainEvent):
    epoch: int
    account: str
    index: int


@dataclass(frozen=True, slots=True)
class Claimed(ChainEvent):
    account: str
    token: str
    to: str
    amount: int
    cumulative: int


@dataclass(frozen=True, slots=True)
class Paused(ChainEvent):
    by: str
    until: int


@dataclass(frozen=True, slots=True)
class Unpaused(ChainEvent):
    by: str


@dataclass(frozen=True, slots=True)
class Nominated(ChainEvent):
    role: int
    nominee: str
    acceptable_at: int


@dataclass(frozen=True, slots=True)
class RoleMoved(ChainEvent):
    role: int
    holder: str
    former: str


@dataclass(frozen=True, slots=True)
class Transfer(ChainEvent):
    """ERC-20: `at.contract` is the token."""

    sender: str
    receiver: str
    value: int


Kinds = Mapping[str, tuple[type[ChainEvent], AbiEntry]]

_SHARED = (Paused, Unpaused, Nominated, RoleMoved)
_ESCROW = (Opened, Funded, Released, Unreleased, Closing, Refunded, FeesHeld, FeesCollected, *_SHARED)
_SETTLEMENT = (RootProposed, RootActive, RootVetoed, RunPaid, Unpaid, Claimed, *_SHARED)

_TRANSFER_ABI: AbiEntry = {
    "type": "event",
    "name": "Transfer",
    "inputs": [
        {"name": "sender", "type": "address", "indexed": True},
        {"name": "receiver", "type": "address", "indexed": True},
        {"name": "value", "type": "uint256", "indexed": False},
    ],
}
TRANSFER_KINDS: Kinds = {abi.topic(_TRANSFER_ABI): (Transfer, _TRANSFER_ABI)}


def _kinds(contract: str, classes: tuple[type[ChainEvent], ...]) -> Kinds:
    artifact = load_artifact(contract)
    entries = [(kind, artifact.entry("event", kind.__name__)) for kind in classes]
    return {abi.topic(entry): (kind, entry) for kind, entry in entries}


def escrow_kinds() -> Kinds:
    return _kinds("Escrow", _ESCROW)


def settlement_kinds() -> Kinds:
    return _kinds("Settlement", _SETTLEMENT)


def decode_log(kinds: Kinds, log: Mapping[str, Any]) -> ChainEvent | None:
    """The event, or None when the log is of no kind we know: another ERC-20's Transfer may index otherwise."""
    known = kinds.get(log["topics"][0]) if log["topics"] else None
    if known is None:
        return None
    kind, entry = known
    indexed = [part for part in entry["inputs"] if part["indexed"]]
    plain = [part for part in entry["inputs"] if not part["indexed"]]
    if len(log["topics"]) != len(indexed) + 1:
        return None
    head = b"".join(bytes.fromhex(topic[2:]) for topic in log["topics"][1:])
    try:
        found = _named(indexed, head) | _named(plain, bytes.fromhex(log["data"][2:]))
    except ValueError:
        return None
    if kind is Closing:
        found["at_time"] = found.pop("at")
    values = [found[field.name] for field in fields(kind) if field.name != "at"]
    return kind(_place(log), *values)


def _named(parts: list[AbiEntry], data: bytes) -> dict[str, Any]:
    values = abi.decode_values(abi.types_of(parts), data)
    return {part["name"]: value for part, value in zip(parts, values, strict=True)}


def _place(log: Mapping[str, Any]) -> LogPlace:
    return LogPlace(
        contract=to_checksum_address(log["address"]),
        block_number=int(log["blockNumber"], 16),
        block_hash=log["blockHash"],
        transaction_hash=log["transactionHash"],
        log_index=int(log["logIndex"], 16),
    )
