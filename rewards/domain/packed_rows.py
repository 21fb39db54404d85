"""From PostgreSQL to packed records, a row at a time through COPY: no row is ever held as an object."""

from binascii import unhexlify
from typing import Any
from uuid import UUID

from django.db import connection

from rewards.chain import merkle
from rewards.chain.packed import Credits, Payments
from rewards.models import Chain

PAYMENTS = """
SELECT substr(payout.address, 3), payout.amount FROM rewards_payout payout
 WHERE payout.batch_id = %(batch)s AND payout.token_id = %(token)s AND payout.lane = 'pay'
 ORDER BY payout.index
"""
# Whose claims are all delivered needs no leaf, unless a failed push is on its way to becoming one.
CREDITS = """
SELECT lower(substr(balance.address, 3)), lower(substr(token.address, 3)), balance.cumulative
  FROM rewards_claimbalance balance JOIN rewards_token token ON token.id = balance.token_id
 WHERE token.chain_id = %(chain)s
   AND (balance.cumulative > balance.claimed
        OR EXISTS (SELECT FROM rewards_payout payout
                    WHERE payout.lane = 'claim' AND payout.state <> 'paid'
                      AND payout.token_id = balance.token_id AND payout.address = balance.address))
 ORDER BY lower(balance.address) COLLATE "C", lower(token.address) COLLATE "C"
"""


def payments_of(batch_id: UUID, token_id: UUID) -> Payments:
    rows = _PaymentRows()
    _copy(PAYMENTS, {"batch": batch_id, "token": token_id}, rows)
    return Payments(bytes(rows.packed))


def credits_of(chain: Chain) -> Credits:
    rows = _CreditRows()
    _copy(CREDITS, {"chain": chain.pk}, rows)
    return Credits(bytes(rows.packed))


class _PaymentRows:
    """What COPY writes to: it gives one row at a time."""

    def __init__(self) -> None:
        self.packed = bytearray()

    def write(self, row: bytes) -> None:
        account, minor = row.split(b"\t")
        self.packed += merkle.PAYMENT.pack(unhexlify(account), int(minor).to_bytes(12, "big"))


class _CreditRows:
    def __init__(self) -> None:
        self.packed = bytearray()

    def write(self, row: bytes) -> None:
        account, token, minor = row.split(b"\t")
        self.packed += merkle.CREDIT.pack(unhexlify(account), unhexlify(token), int(minor).to_bytes(32, "big"))


def _copy(question: str, values: dict[str, Any], rows: _PaymentRows | _CreditRows) -> None:
    with connection.cursor() as cursor:
        asked = cursor.mogrify(question, values).decode()
        cursor.copy_expert(f"COPY ({asked}) TO STDOUT", rows)
