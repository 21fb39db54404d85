"""The only ways to lock money. Rows of one model are locked in primary-key order.

Across models: project → item (annotation) → chain → token → signer → batch → escrow → ledger account. Whoever holds a
later one never asks for an earlier one.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

from rewards.exceptions import RewardsError
from rewards.models import Chain, ChainSigner, Escrow, Token

# The first key of our advisory locks, so that they meet nobody else's.
INDEXER, SETTLER, OUTBOX, FAUCET, RECONCILER = 0x464F4701, 0x464F4702, 0x464F4703, 0x464F4704, 0x464F4705


def require_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Money moves only inside a transaction.")


def lock_chain(pk: int) -> Chain:
    return Chain.objects.select_for_update(no_key=True).get(pk=pk)


def lock_token(pk: UUID) -> Token:
    return Token.objects.select_for_update(of=("self",), no_key=True).select_related("chain").get(pk=pk)


def lock_signer(chain: Chain) -> ChainSigner:
    """Whoever holds it chooses the nonce, and changes the states of the chain's intents."""
    return ChainSigner.objects.select_for_update(no_key=True).get(chain=chain)


def lock_escrow(pk: UUID) -> Escrow:
    try:
        return Escrow.objects.select_for_update(of=("self",), no_key=True).select_related("token__chain").get(pk=pk)
    except Escrow.DoesNotExist:
        raise RewardsError("This escrow does not exist.", code="not_found", status=404) from None


def lock_escrows(pks: Iterable[UUID]) -> list[Escrow]:
    return list(
        Escrow.objects.select_for_update(of=("self",), no_key=True)
        .select_related("token__chain")
        .filter(pk__in=list(pks))
        .order_by("pk")
    )


def lock_accounts(pks: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM rewards_ledgeraccount WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [sorted(pks)]
        )


@contextmanager
def only_one(kind: int, key: int) -> Iterator[bool]:
    """A lock of this database session, also across its transactions. Yields False when somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [kind, key % 2**31])
        got = bool(cursor.fetchone()[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [kind, key % 2**31])
