"""Sign-in messages (EIP-4361) as text, and who signed one. We build every message; nothing a client sends is parsed
for meaning except the nonce, which finds the message we kept."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from eth_account import Account
from eth_account.messages import defunct_hash_message, encode_defunct
from eth_utils import is_hex_address, to_checksum_address
from eth_utils.exceptions import ValidationError

from lib import evm

HALF_CURVE = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
# isValidSignature(bytes32,bytes), and what a contract wallet returns when it agrees (EIP-1271): the same four bytes.
MAGIC = bytes.fromhex("1626ba7e")
SIGNATURE_LIMIT_BYTES = 4096
_NONCE = re.compile(r"^Nonce: ([0-9a-f]{32})$", re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """Everything a wallet shows to its owner before signing."""

    domain: str
    uri: str
    address: str
    text: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expires_at: datetime
    request_id: str


def message_text(statement: Statement) -> str:
    return (
        f"{statement.domain} wants you to sign in with your Ethereum account:\n"
        f"{statement.address}\n\n"
        f"{statement.text}\n\n"
        f"URI: {statement.uri}\n"
        "Version: 1\n"
        f"Chain ID: {statement.chain_id}\n"
        f"Nonce: {statement.nonce}\n"
        f"Issued At: {_moment(statement.issued_at)}\n"
        f"Expiration Time: {_moment(statement.expires_at)}\n"
        f"Request ID: {statement.request_id}"
    )


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def nonce_in(message: str) -> str | None:
    found = _NONCE.findall(message[:4096])
    return found[0] if len(found) == 1 else None


def checksummed(address: str) -> str | None:
    """The EIP-55 form of an address; None for anything else, and for a mixed-case address whose checksum is wrong."""
    if not isinstance(address, str) or not address.startswith("0x") or not is_hex_address(address):
        return None
    canonical = to_checksum_address(address)
    digits = address[2:]
    has_checksum = digits not in (digits.lower(), digits.upper())
    return None if has_checksum and canonical != address else canonical


def signature_bytes(text: str) -> bytes | None:
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except (ValueError, AttributeError):
        return None
    return raw if 0 < len(raw) <= SIGNATURE_LIMIT_BYTES else None


def is_signed_by_key(address: str, message: str, signature: bytes) -> bool:
    """An ordinary wallet's signature. High-s twins are refused: a signature has one form."""
    if len(signature) != 65 or int.from_bytes(signature[32:64]) > HALF_CURVE:
        return False
    try:
        return bool(Account.recover_message(encode_defunct(text=message), signature=signature) == address)
    except (ValueError, ValidationError, TypeError):
        return False
    except Exception as error:  # eth_keys has a hierarchy of its own, and all of it means "not a signature".
        if type(error).__module__.startswith("eth_keys"):
            return False
        raise


def is_signed_by_contract(address: str, message: str, signature: bytes, *, node_url: str) -> bool:
    """A contract wallet's signature (EIP-1271), asked of the contract on our own node. May raise NodeUnreachable."""
    digest = bytes(defunct_hash_message(text=message))
    padding = b"\0" * (-len(signature) % 32)
    data = MAGIC + digest + (64).to_bytes(32) + len(signature).to_bytes(32) + signature + padding
    try:
        answer = evm.call(node_url, to=address, data=data)
    except evm.CallReverted:
        return False
    return answer == MAGIC + b"\0" * 28
