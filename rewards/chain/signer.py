"""Who signs. The key holds gas money and a role, never tokens."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eth_account import Account
from eth_keyfile import create_keyfile_json, decode_keyfile_json
from eth_utils import to_checksum_address

# Half the order of secp256k1: a signature above it is refused by every chain since Homestead.
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


class KeystoreRefused(Exception):
    """The keystore is missing, broken, or its password is wrong."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """All of an EIP-1559 transaction but the signature. `to` is None for a deployment."""

    chain_id: int
    nonce: int
    to: str | None
    data: bytes
    gas: int
    max_fee: int
    tip: int
    value: int = 0


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """What is stored before it is sent: the hash is known, so a lost answer loses nothing."""

    raw: bytes
    hash: str


class Signer(Protocol):
    """A keystore file here; a key management service can take its place."""

    @property
    def address(self) -> str: ...

    def sign(self, transaction: Transaction) -> SignedTransaction: ...


class KeySigner:
    """Signs with a private key in memory."""

    def __init__(self, private_key: bytes | str) -> None:
        self._account = Account.from_key(private_key)

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign(self, transaction: Transaction) -> SignedTransaction:
        signed = self._account.sign_transaction(_fields(transaction))
        if signed.s > _HALF_ORDER:
            raise ValueError("The signature is malleable.")
        return SignedTransaction(raw=bytes(signed.raw_transaction), hash="0x" + bytes(signed.hash).hex())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.address}>"


class KeystoreSigner(KeySigner):
    """Signs with the key of an encrypted keystore file (version 3, as geth and foundry write them)."""

    def __init__(self, path: Path | str, password: str) -> None:
        super().__init__(_decrypt(Path(path), password))


def create_keystore(path: Path | str, password: str, private_key: bytes | None = None) -> str:
    """Writes a new keystore, readable by its owner only, and returns the address. Refuses to replace one."""
    account = Account.from_key(private_key) if private_key else Account.create()
    keystore = create_keyfile_json(bytes(account.key), password.encode(), kdf="scrypt", iterations=2**14)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(keystore, file)
    return str(account.address)


def _decrypt(path: Path, password: str) -> bytes:
    try:
        keystore = json.loads(path.read_text(encoding="utf-8"))
        return bytes(decode_keyfile_json(keystore, password.encode()))
    except FileNotFoundError:
        raise KeystoreRefused(f"There is no keystore at {path}.") from None
    except (ValueError, KeyError, TypeError, NotImplementedError):
        # Not chained: the library's message may quote the file.
        raise KeystoreRefused(f"The keystore at {path} is broken, or its password is wrong.") from None


def _fields(transaction: Transaction) -> dict[str, object]:
    fields: dict[str, object] = {
        "type": 2,
        "chainId": transaction.chain_id,
        "nonce": transaction.nonce,
        "data": transaction.data,
        "gas": transaction.gas,
        "maxFeePerGas": transaction.max_fee,
        "maxPriorityFeePerGas": transaction.tip,
        "value": transaction.value,
    }
    if transaction.to is not None:
        fields["to"] = to_checksum_address(transaction.to)
    return fields
