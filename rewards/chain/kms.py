"""A key that never leaves its service: it is asked to sign a digest, and answers with a DER signature.

The wire is that of the big key management services (JSON, a key id, base64, `ECDSA_SHA_256` over a `DIGEST`), behind
one address and a bearer token: a small proxy beside the worker adds what a given cloud wants for authentication.
docs/decisions/0022-the-signer-is-a-file-or-a-service.md says why it is not a cloud's own library.
"""

import base64
import binascii
from functools import cached_property
from typing import Any

import requests
import rlp
from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from eth_keys.datatypes import PublicKey, Signature
from eth_keys.exceptions import BadSignature, ValidationError
from eth_utils import keccak, to_checksum_address

from rewards.chain.errors import ChainUnavailable
from rewards.chain.signer import SignedTransaction, Transaction

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
EIP1559 = b"\x02"
TIMEOUT_SECONDS = 10.0


class KeyServiceUnavailable(ChainUnavailable):
    """It did not answer, or refused: nothing was signed, and it is asked again later."""

    code = "key_service_unavailable"


class KeyServiceBroken(Exception):
    """It answered something that is no signature of its own key: nothing it signs may be sent."""


class KmsSigner:
    """Signs with a key that only the service has. Its public key is asked once, each of its signatures is checked."""

    def __init__(self, url: str, key_id: str, token: str = "", *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._url, self._key_id, self._timeout = url, key_id, timeout_seconds
        self._session = requests.Session()
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    @property
    def address(self) -> str:
        return str(self._public_key.to_checksum_address())

    def sign(self, transaction: Transaction) -> SignedTransaction:
        body = _body(transaction)
        parity, r, s = self._sign_digest(keccak(EIP1559 + rlp.encode(body)))
        raw = EIP1559 + rlp.encode([*body, parity, r, s])
        return SignedTransaction(raw=raw, hash="0x" + keccak(raw).hex())

    @cached_property
    def _public_key(self) -> PublicKey:
        answer = self._ask("GetPublicKey", {"KeyId": self._key_id})
        try:
            key = load_der_public_key(base64.b64decode(answer["PublicKey"], validate=True))
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise KeyServiceBroken("The key service's public key cannot be read.") from error
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256K1):
            raise KeyServiceBroken("The key service's key is not on the curve secp256k1.")
        return PublicKey(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:])

    def _sign_digest(self, digest: bytes) -> tuple[int, int, int]:
        """The lower of the two signatures, as chains want it, and which of two keys it would recover to."""
        asked = {
            "KeyId": self._key_id,
            "Message": base64.b64encode(digest).decode(),
            "MessageType": "DIGEST",
            "SigningAlgorithm": "ECDSA_SHA_256",
        }
        answer = self._ask("Sign", asked)
        try:
            r, s = decode_dss_signature(base64.b64decode(answer["Signature"], validate=True))
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise KeyServiceBroken("The key service's signature cannot be read.") from error
        s = min(s, ORDER - s)
        return self._parity(digest, r, s), r, s

    def _parity(self, digest: bytes, r: int, s: int) -> int:
        for parity in (0, 1):
            try:
                if Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest) == self._public_key:
                    return parity
            except (BadSignature, ValidationError):
                continue
        raise KeyServiceBroken("The key service's signature is not by its own key.")

    def _ask(self, action: str, body: dict[str, str]) -> dict[str, Any]:
        headers = {"X-Amz-Target": f"TrentService.{action}", "Content-Type": "application/x-amz-json-1.1"}
        try:
            answer = self._session.post(self._url, json=body, headers=headers, timeout=self._timeout)
            answer.raise_for_status()
            said = answer.json()
        except (requests.RequestException, ValueError) as error:
            # Not its words: they may quote what was asked.
            raise KeyServiceUnavailable(f"The key service does not sign ({type(error).__name__}).") from error
        if not isinstance(said, dict):
            raise KeyServiceBroken("The key service answered something else than an object.")
        return said

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._key_id}>"


def _body(transaction: Transaction) -> list[Any]:
    to = bytes.fromhex(to_checksum_address(transaction.to)[2:]) if transaction.to is not None else b""
    return [
        transaction.chain_id,
        transaction.nonce,
        transaction.tip,
        transaction.max_fee,
        transaction.gas,
        to,
        transaction.value,
        transaction.data,
        [],
    ]
