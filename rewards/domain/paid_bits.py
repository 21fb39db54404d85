"""The paid bits of our batches beside the payouts in the books."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from rewards.chain.client import BlockTag, ChainClient
from rewards.chain.reads import SettlementStatus, paid_word, settlement_status
from rewards.domain.incidents import Difference, Kind
from rewards.models import Chain, Payout, SettlementBatch, Token

BITS = 256
State, Lane = Payout.State, Payout.Lane


@dataclass(slots=True)
class PaidBits:
    """Per token: what the chain has paid and the books not yet, and the other way round; and what cannot be."""

    ahead: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    behind: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    differences: list[Difference] = field(default_factory=list)
    closed_epoch: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A payout as the snapshot of the books has it."""

    epoch: int
    index: int
    token_id: UUID
    address: str
    amount: int
    state: str
    lane: str
    is_credited: bool
    transaction: str


def rows_since(chain: Chain, epoch: int) -> list[Row]:
    """Of the batches after this epoch, in the order of their places."""
    placed = Payout.objects.filter(batch__chain=chain, batch__epoch__gt=epoch, index__isnull=False)
    payouts = placed.order_by("batch__epoch", "index")
    return [
        Row(
            epoch=payout.batch.epoch,
            index=payout.index or 0,
            token_id=payout.token_id,
            address=payout.address,
            amount=payout.amount,
            state=payout.state,
            lane=payout.lane,
            is_credited=payout.credit_batch_id is not None,
            transaction=payout.transaction_hash,
        )
        for payout in payouts.select_related("batch").iterator(chunk_size=10_000)
    ]


class _Words:
    """The bits of one contract at one block, 256 a call, asked when needed."""

    def __init__(self, client: ChainClient, settlement: str, block: BlockTag) -> None:
        self.client, self.settlement, self.block = client, settlement, block
        self._known: dict[tuple[int, int], int] = {}

    def is_set(self, epoch: int, index: int) -> bool:
        if epoch > self.status.epoch:
            return False
        key = (epoch, index // BITS)
        if key not in self._known:
            self._known[key] = paid_word(self.client, self.settlement, *key, self.block)
        return bool(self._known[key] >> index % BITS & 1)

    @cached_property
    def status(self) -> SettlementStatus:
        return settlement_status(self.client, self.settlement, self.block)


def compare_bits(
    chain: Chain, client: ChainClient, rows: list[Row], tokens: dict[UUID, Token], *, block: int, closed_epoch: int
) -> PaidBits:
    """Rows as the books have them, bits as of `block`; what the books have newer than that is asked of the head."""
    then, now = _Words(client, chain.settlement_address, block), _Words(client, chain.settlement_address, "latest")
    found = PaidBits(closed_epoch=closed_epoch)
    unsettled = {row.epoch for row in rows if row.state == State.FROZEN and not row.is_credited}
    for row in rows:
        is_pushed = row.state == State.PAID and row.lane == Lane.PAY
        if then.is_set(row.epoch, row.index):
            if not is_pushed:
                found.ahead[row.token_id] += row.amount
            if row.is_credited or (row.state == State.PAID and not is_pushed):
                found.differences.append(_differs(Kind.PAID_TWICE, row, tokens, "sent to the wallet, and credited too"))
        elif is_pushed:
            found.behind[row.token_id] += row.amount
            if not now.is_set(row.epoch, row.index):
                found.differences.append(_differs(Kind.MISSING_PAYMENT, row, tokens, "its bit is unset on chain"))
    if not found.differences:
        found.closed_epoch = _closed(chain, then, unsettled, closed_epoch)
    return found


def _closed(chain: Chain, then: _Words, unsettled: set[int], closed_epoch: int) -> int:
    """Bits of an epoch that is over change no more, so it is not asked for again."""
    ended = chain.batches.filter(epoch__gt=closed_epoch, state__in=SettlementBatch.ENDED)
    for epoch in ended.order_by("epoch").values_list("epoch", flat=True):
        if epoch in unsettled or not then.status.is_expired(epoch):
            break
        closed_epoch = epoch
    return closed_epoch


def _differs(kind: str, row: Row, tokens: dict[UUID, Token], words: str) -> Difference:
    detail = f"{row.amount} units, epoch {row.epoch}, place {row.index}: {words}."
    return Difference(kind, tokens.get(row.token_id), row.address, row.transaction, detail)
