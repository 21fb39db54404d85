"""Test money for a development chain: anyone signed in, to any address. Absent everywhere else."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from rewards.chain import calldata
from rewards.chain.client import ChainClient
from rewards.chain.signer import KeySigner, Transaction
from rewards.domain import locks
from rewards.exceptions import RewardsError
from rewards.models import Token

# The last of a development node's own accounts. Its key is published with the node: it can hold nothing of worth.
FAUCET_KEY = "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6"
TOKENS = 10_000
NATIVE_WEI = 10**17
GAS = 120_000


@dataclass(frozen=True, slots=True)
class Poured:
    token: Token
    minor: int
    native_wei: int
    transactions: tuple[str, ...]


def pour(token: Token, client: ChainClient, *, address: str, actor: User) -> Poured:
    """Mint test tokens to the address, and add a little native coin for gas."""
    if not settings.DEMO or not token.has_faucet:
        raise RewardsError(_("There is no faucet here."), code="no_faucet", status=404)
    minor = TOKENS * 10**token.decimals
    signer = KeySigner(FAUCET_KEY)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # One at a time, or two would choose the same nonce.
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [locks.FAUCET, token.chain_id % 2**31])
        nonce = client.nonce(signer.address, "pending")
        sent = (
            _send(client, signer, nonce, to=token.address, data=calldata.mint(address, minor)),
            _send(client, signer, nonce + 1, to=address, value=NATIVE_WEI),
        )
        changes = {"to": address, "minor": str(minor)}
        audit.record("faucet.poured", actor=actor, object_kind="token", object_id=token.pk, changes=changes)
    return Poured(token, minor, NATIVE_WEI, sent)


def _send(client: ChainClient, signer: KeySigner, nonce: int, *, to: str, data: bytes = b"", value: int = 0) -> str:
    fees = client.fees()
    signed = signer.sign(Transaction(client.chain_id, nonce, to, data, GAS, fees.max_fee, fees.tip, value))
    return client.send_raw(signed.raw)
