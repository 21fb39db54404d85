"""Freezing a batch: who is paid what, and everything that will be sent for it, written down in one transaction.

Nothing here talks to the chain but to ask. docs/operating/settlement.md has the life of a batch.
"""

from collections import defaultdict
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import Max

from lib.ids import new_id
from rewards.chain.client import ChainClient
from rewards.chain.epoch_tree import Credit, EpochTree, Payment
from rewards.chain.reads import SettlementStatus, settlement_status
from rewards.domain import chain_health, dues, failed_pushes, intents, leaf_file, ledger, locks
from rewards.models import Chain, ClaimBalance, Payout, SettlementBatch, Token, Transfer


def settle(chain: Chain, client: ChainClient) -> SettlementBatch | None:
    """What the timetable calls: freeze what is due on the chain, unless its last batch is still on its way."""
    with locks.only_one(locks.SETTLER, chain.pk) as is_ours:
        if not is_ours or not chain_health.is_the_same_chain(chain, client):
            return None
        if not chain_health.is_where_we_left_it(chain, client):
            return None
        return freeze_batch(chain, client)


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
        dues.check_dues(chain, client)
        batch_id = new_id()
        failed_pushes.credit_expired(chain, client, batch_id)
        payouts = _pick_payouts(chain, batch_id)
        if not payouts and not failed_pushes.are_waiting(chain):
            return None
        return _write(chain, batch_id, epoch, payouts, status)


def _next_epoch(chain: Chain, status: SettlementStatus) -> int | None:
    last = chain.batches.aggregate(last=Max("epoch"))["last"] or 0
    if status.epoch < last:
        chain_health.stop_chain(chain, f"The contract is at epoch {status.epoch}, our last batch is {last}.")
        return None
    # While a root of somebody's waits, ours could not be proposed.
    return None if status.has_pending else status.epoch + 1


PICK = """
WITH picked AS MATERIALIZED (
    SELECT earning.id, earning.user_id, escrow.token_id, earning.amount, wallet.address
      FROM rewards_earning earning
      JOIN rewards_escrow escrow ON escrow.id = earning.escrow_id
      JOIN rewards_token token ON token.id = escrow.token_id AND token.chain_id = %(chain)s
      JOIN accounts_wallet wallet ON wallet.user_id = earning.user_id AND wallet.is_payout
     WHERE earning.payout_id IS NULL AND escrow.release_refused = ''
       FOR UPDATE OF earning
), made AS (
    INSERT INTO rewards_payout (batch_id, user_id, token_id, address, amount, lane, index, state, transaction_hash)
    SELECT %(batch)s, user_id, token_id, address, sum(amount), 'pay',
           row_number() OVER (PARTITION BY token_id ORDER BY user_id) - 1, 'frozen', ''
      FROM picked GROUP BY user_id, token_id, address
    RETURNING id, user_id, token_id
)
UPDATE rewards_earning SET payout_id = made.id
  FROM picked JOIN made USING (user_id, token_id)
 WHERE rewards_earning.id = picked.id
"""


def _pick_payouts(chain: Chain, batch_id: UUID) -> list[Payout]:
    """One statement, hence one snapshot: what is earned meanwhile belongs to the next batch."""
    with connection.cursor() as cursor:
        # The planner has no statistics of what the statement itself makes, and would join it row by row with itself.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(PICK, {"chain": chain.pk, "batch": batch_id})
        cursor.execute("SET LOCAL enable_nestloop = on")
    return list(Payout.objects.filter(batch=batch_id).order_by("token", "index"))


def _write(
    chain: Chain, batch_id: UUID, epoch: int, payouts: list[Payout], status: SettlementStatus
) -> SettlementBatch:
    tokens = {token.pk: token for token in chain.tokens.all()}
    owed: dict[UUID, list[Payout]] = defaultdict(list)
    for payout in payouts:
        owed[payout.token_id].append(payout)
    tree = EpochTree(
        chain_id=chain.chain_id,
        settlement=chain.settlement_address,
        epoch=epoch,
        payments={
            tokens[token_id].address: [Payment(payout.address, payout.amount) for payout in of_token]
            for token_id, of_token in owed.items()
        },
        credits=_credits(chain),
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
        payment_count=len(payouts),
    )
    _place_payouts(batch, tree, {token.address: token for token in tokens.values()})
    for token_id, of_token in owed.items():
        _move_to_unclaimed(batch, tokens[token_id], of_token)
    intents.write_batch_intents(batch, tree, has_delay=status.delay > 0)
    return batch


def _credits(chain: Chain) -> list[Credit]:
    balances = ClaimBalance.objects.filter(token__chain=chain).select_related("token")
    return [Credit(balance.address, balance.token.address, balance.cumulative) for balance in balances]


def _place_payouts(batch: SettlementBatch, tree: EpochTree, tokens: dict[str, Token]) -> None:
    """The tree says where a token's section begins; within it, the order is already ours."""
    for section in tree.sections:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE rewards_payout SET index = index + %s WHERE batch_id = %s AND token_id = %s",
                [section.start, batch.pk, tokens[section.token].pk],
            )


def _move_to_unclaimed(batch: SettlementBatch, token: Token, payouts: list[Payout]) -> None:
    movements = [(ledger.earned_by(payout.user_id), -payout.amount) for payout in payouts]
    movements += [(ledger.unclaimed_by(payout.user_id), payout.amount) for payout in payouts]
    reference = ledger.Reference("batch", str(batch.pk))
    ledger.post(uuid5(batch.pk, f"freeze {token.pk}"), Transfer.Code.FREEZE, token, reference, movements)
