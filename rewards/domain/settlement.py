"""Freezing a batch: who is paid what, and everything that will be sent for it, written down in one transaction.

Nothing here talks to the chain but to ask. As many statements for a hundred thousand people as for one, whose rows are
never held as objects. docs/operating/settlement.md has the life of a batch.
"""

from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import Count, Max

from lib.ids import new_id
from rewards.chain import gas
from rewards.chain.client import ChainClient
from rewards.chain.epoch_tree import EpochTree
from rewards.chain.reads import SettlementStatus, settlement_status
from rewards.domain import (
    chain_health,
    dues,
    failed_pushes,
    intents,
    leaf_file,
    ledger,
    locks,
    packed_rows,
    payees,
    token_gas,
)
from rewards.models import Chain, LedgerAccount, Payout, SettlementBatch, Token, Transfer


def settle(chain: Chain, client: ChainClient, *, now: bool = False) -> SettlementBatch | None:
    """What the timetable calls: freeze what is due on the chain, unless its last batch is still on its way.

    A few payments wait for company, up to SETTLEMENT_LONGEST_WAIT_SECONDS; not when it is to be `now`.
    """
    with locks.only_one(locks.SETTLER, chain.pk) as is_ours:
        if not is_ours or not chain_health.is_the_same_chain(chain, client):
            return None
        if not chain_health.is_where_we_left_it(chain, client):
            return None
        # What a token or an escrow refused may be due again by now: nothing else may be waiting.
        dues.check_dues(chain, client)
        if not now and not _is_time(chain):
            return None
        return freeze_batch(chain, client)


def _is_time(chain: Chain) -> bool:
    if failed_pushes.are_waiting(chain):
        return True
    return payees.look(chain).is_worth_while(payees.company_wanted(chain))


def freeze_batch(chain: Chain, client: ChainClient) -> SettlementBatch | None:
    """The next epoch: batch, payouts, leaf file and intents, all or nothing. None when there is nothing to do."""
    with transaction.atomic(durable=True):
        chain = locks.lock_chain(chain.pk)
        if chain.stopped_reason or chain.batches.exclude(state__in=SettlementBatch.ENDED).exists():
            return None
        status = settlement_status(client, chain.settlement_address)
        epoch = _next_epoch(chain, status)
        if epoch is None:
            return None
        batch_id = new_id()
        failed_pushes.credit_expired(chain, client, batch_id)
        count = payees.pick(chain, batch_id)
        if not count and not failed_pushes.are_waiting(chain):
            return None
        return _write(chain, client, batch_id, epoch, count, status)


def _next_epoch(chain: Chain, status: SettlementStatus) -> int | None:
    last = chain.batches.aggregate(last=Max("epoch"))["last"] or 0
    if status.epoch < last:
        chain_health.stop_chain(chain, f"The contract is at epoch {status.epoch}, our last batch is {last}.")
        return None
    # While a root of somebody's waits, ours could not be proposed.
    return None if status.has_pending else status.epoch + 1


def _write(
    chain: Chain, client: ChainClient, batch_id: UUID, epoch: int, count: int, status: SettlementStatus
) -> SettlementBatch:
    tokens = _tokens_of(batch_id)
    tree = EpochTree(
        chain_id=chain.chain_id,
        settlement=chain.settlement_address,
        epoch=epoch,
        payments={token.address: packed_rows.payments_of(batch_id, token.pk) for token in tokens},
        credits=packed_rows.credits_of(chain),
        known=leaf_file.known_leaves(chain),
        run_size=gas.max_run(),
    )
    name, digest = leaf_file.write(tree)
    batch = SettlementBatch.objects.create(
        id=batch_id,
        chain=chain,
        epoch=epoch,
        batch_key="0x" + tree.batch_id.hex(),
        root="0x" + tree.root.hex(),
        leaf_file=name,
        leaf_file_sha256=digest,
        payment_count=count,
    )
    _place_payouts(batch, tree, {token.address: token for token in tokens})
    for token in tokens:
        _move_to_unclaimed(batch, token)
        token_gas.measure_batch(batch, token, client)
    intents.write_batch_intents(batch, tree, has_delay=status.delay > 0)
    return batch


def _tokens_of(batch_id: UUID) -> list[Token]:
    owed = Payout.objects.filter(batch=batch_id).values("token").annotate(count=Count("pk")).order_by()
    return list(Token.objects.filter(pk__in=[row["token"] for row in owed]).select_related("chain").order_by("pk"))


def _place_payouts(batch: SettlementBatch, tree: EpochTree, tokens: dict[str, Token]) -> None:
    """The tree says where a token's section begins; within it, the order is already ours."""
    for section in tree.sections:
        if section.start:
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE rewards_payout SET index = index + %s"
                    " WHERE batch_id = %s AND token_id = %s AND lane = 'pay'",
                    [section.start, batch.pk, tokens[section.token].pk],
                )


def _move_to_unclaimed(batch: SettlementBatch, token: Token) -> None:
    ledger.move_all(
        uuid5(batch.pk, f"freeze {token.pk}"),
        Transfer.Code.FREEZE,
        token,
        ledger.Reference("batch", str(batch.pk)),
        leaving=LedgerAccount.Kind.EARNED,
        entering=LedgerAccount.Kind.UNCLAIMED,
        owed=Payout.objects.filter(batch=batch, token=token).values_list("user_id", "amount"),
    )
