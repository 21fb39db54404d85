"""Writing down what the chain shall do. Sending it is the outbox's."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from rewards.chain import calldata, gas
from rewards.chain.epoch_tree import EpochTree
from rewards.domain import effects, ledger, locks
from rewards.domain.escrows import close_if_empty
from rewards.models import Chain, ChainIntent, Escrow, LedgerAccount, SettlementBatch, Token

Kind = ChainIntent.Kind
State = ChainIntent.State
OPEN = [State.SIGNED, State.SENT, State.MINED]


def next_intent(chain: Chain) -> ChainIntent | None:
    """The one whose nonce is open; else the first that waits for no other of its batch or escrow."""
    unconfirmed = chain.intents.exclude(state=State.CONFIRMED).select_related("chain", "batch", "escrow")
    # By nonce: after a deep reorganisation several are open, and none is mined before those below it.
    is_open = unconfirmed.filter(state__in=OPEN).order_by(F("nonce").asc(nulls_first=True), "pk").first()
    if is_open:
        return None if _lacks_its_release(is_open) else is_open
    before = ChainIntent.objects.exclude(state=State.CONFIRMED).filter(pk__lt=OuterRef("pk"))
    same = before.filter(Q(batch=OuterRef("batch")) | Q(escrow=OuterRef("escrow")))
    free = unconfirmed.filter(~Exists(same), state=State.NEW).exclude(batch__state=SettlementBatch.State.HELD)
    return free.order_by("pk").first()


def _lacks_its_release(intent: ChainIntent) -> bool:
    """After a deep reorganisation: what it would pay with is not there, and a person has to look first."""
    if intent.batch is None or intent.kind == Kind.RELEASE:
        return False
    return intent.batch.intents.filter(kind=Kind.RELEASE, state=State.HELD).exists()


def write_batch_intents(batch: SettlementBatch, tree: EpochTree, *, has_delay: bool) -> list[ChainIntent]:
    """Releases, then the root, then the runs: they are sent in the order of their ids."""
    found = [*_releases(batch), _propose(batch)]
    if has_delay:
        found.append(_activate(batch))
    found += _pays(batch, tree)
    return ChainIntent.objects.bulk_create(found)


def write_refunds(chain: Chain) -> int:
    """For every escrow that is ending: release what people earned, then close it and give the client the rest.

    Also for one that was paid after it had been closed. Returns for how many escrows something was written.
    """
    ending = Escrow.objects.filter(
        token__chain=chain, state__in=[Escrow.State.CLOSING, Escrow.State.CLOSED], refused_reason=""
    )
    owes_client = LedgerAccount.objects.filter(escrow=OuterRef("pk"), kind=LedgerAccount.Kind.ESCROW, balance__gt=0)
    under_way = ChainIntent.objects.filter(escrow=OuterRef("pk")).exclude(state=ChainIntent.State.CONFIRMED)
    due = ending.filter(Exists(owes_client) | Q(released__lt=F("rewarded"))).exclude(Exists(under_way))
    return sum(_write_refund(chain, pk) for pk in due.values_list("pk", flat=True))


def write_early_releases(chain: Chain) -> int:
    """For every escrow that its client is closing on chain: what was earned leaves it while it is still there.

    After the notice anyone may refund it to the client, so this does not wait for the next batch.
    """
    under_way = ChainIntent.objects.filter(escrow=OuterRef("pk")).exclude(state=ChainIntent.State.CONFIRMED)
    closing = Escrow.objects.filter(token__chain=chain, client_closing_at__isnull=False, released__lt=F("rewarded"))
    due = closing.exclude(Exists(under_way)).exclude(state__in=[Escrow.State.CLOSING, Escrow.State.CLOSED])
    return sum(_write_early_release(pk) for pk in due.values_list("pk", flat=True))


def release_alone(escrow: Escrow) -> ChainIntent:
    """Everything earned from one escrow, for no batch. Not saved."""
    chain = escrow.token.chain
    due = calldata.Due(bytes.fromhex(escrow.chain_key[2:]), escrow.rewarded)
    data = calldata.release(batch=bytes(32), token=escrow.token.address, dues=[due])
    effect = effects.released([(escrow.chain_key, escrow.rewarded)])
    return _intent(chain, Kind.RELEASE, data, _release_gas([escrow]), effect, escrow=escrow)


def narrow_release(intent: ChainIntent, escrow: Escrow) -> None:
    """Of a release for many that was refused, only this escrow's due is left. Its nonces are used up."""
    alone = release_alone(escrow)
    intent.escrow, intent.batch, intent.nonce = escrow, None, None
    intent.data, intent.effect, intent.gas = alone.data, alone.effect, alone.gas
    intent.save(update_fields=["escrow", "batch", "nonce", "data", "effect", "gas", "updated_at"])


def finish_empty_closings(chain: Chain) -> None:
    """Escrows that waited for a release only, and have nothing to refund."""
    waiting = Escrow.objects.filter(token__chain=chain, state=Escrow.State.CLOSING, released=F("rewarded"))
    with transaction.atomic():
        for escrow in locks.lock_escrows(waiting.values_list("pk", flat=True)):
            close_if_empty(escrow)
            escrow.save(update_fields=["state"])


def _write_refund(chain: Chain, pk: UUID) -> bool:
    with transaction.atomic():
        escrow = locks.lock_escrow(pk)
        if escrow.intents.exclude(state=ChainIntent.State.CONFIRMED).exists():
            return False
        last = escrow.intents.filter(kind=Kind.REFUND).order_by("pk").last()
        if last and last.block_number is not None and last.block_number > chain.indexed_block - chain.confirmations:
            return False  # the books have not heard of that refund yet
        has_rest = ledger.balance(escrow.token, ledger.free_of(pk)) > 0
        found = [release_alone(escrow)] if escrow.released < escrow.rewarded else []
        found += _close_and_refund(chain, escrow) if has_rest else []
        ChainIntent.objects.bulk_create(found)
        return bool(found)


def _write_early_release(pk: UUID) -> bool:
    with transaction.atomic():
        escrow = locks.lock_escrow(pk)
        if escrow.released >= escrow.rewarded or escrow.intents.exclude(state=ChainIntent.State.CONFIRMED).exists():
            return False
        release_alone(escrow).save()
        return True


def _close_and_refund(chain: Chain, escrow: Escrow) -> list[ChainIntent]:
    key = escrow.chain_key
    project = bytes.fromhex(key[2:])
    return [
        _intent(chain, Kind.CLOSE, calldata.close(project), gas.CLOSE, effects.closed(key), escrow=escrow),
        _intent(chain, Kind.REFUND, calldata.refund(project), gas.REFUND, effects.refunded(key), escrow=escrow),
    ]


def _releases(batch: SettlementBatch) -> Iterator[ChainIntent]:
    """All that was earned so far, also by people without a wallet: it is then safe from a refund."""
    owing = Escrow.objects.filter(token__chain=batch.chain, released__lt=F("rewarded"), release_refused="")
    by_token: dict[str, list[Escrow]] = {}
    for escrow in owing.select_related("token").order_by("pk"):
        by_token.setdefault(escrow.token.address, []).append(escrow)
    for address in sorted(by_token):
        escrows = by_token[address]
        size = gas.max_dues(per_transfer=escrows[0].token.payment_gas)
        for first in range(0, len(escrows), size):
            yield _release(batch, address, escrows[first : first + size])


def _release(batch: SettlementBatch, token: str, escrows: list[Escrow]) -> ChainIntent:
    dues = [calldata.Due(bytes.fromhex(escrow.chain_key[2:]), escrow.rewarded) for escrow in escrows]
    data = calldata.release(batch=bytes.fromhex(batch.batch_key[2:]), token=token, dues=dues)
    effect = effects.released([(escrow.chain_key, escrow.rewarded) for escrow in escrows])
    return _intent(batch.chain, Kind.RELEASE, data, _release_gas(escrows), effect, batch=batch)


def _release_gas(escrows: list[Escrow]) -> int:
    given = gas.release_gas(len(escrows), per_transfer=escrows[0].token.payment_gas)
    return min(given, gas.TRANSACTION_CAP)


def _propose(batch: SettlementBatch) -> ChainIntent:
    data = calldata.propose(
        epoch=batch.epoch,
        root=bytes.fromhex(batch.root[2:]),
        batch=bytes.fromhex(batch.batch_key[2:]),
        uri_hash=bytes.fromhex(batch.leaf_file_sha256),
    )
    effect = effects.proposed(batch.batch_key, batch.epoch)
    return _intent(batch.chain, Kind.PROPOSE, data, gas.PROPOSE, effect, batch=batch)


def _activate(batch: SettlementBatch) -> ChainIntent:
    effect = effects.active(batch.epoch)
    return _intent(batch.chain, Kind.ACTIVATE, calldata.activate(), gas.ACTIVATE, effect, batch=batch)


def _pays(batch: SettlementBatch, tree: EpochTree) -> Iterator[ChainIntent]:
    """In runs as long as the token's own measure of gas allows; none costs another its place."""
    costs = dict(Token.objects.filter(chain=batch.chain).values_list("address", "payment_gas"))
    for section in tree.sections:
        cost = min(costs[section.token], gas.MOST_PER_RECIPIENT)
        for run in tree.runs_of(section, gas.max_run(per_recipient=cost)):
            effect = effects.paid(run.epoch, run.start, len(run.accounts))
            given = gas.pay_gas(len(run.accounts), len(run.proof), per_recipient=cost, passed_over=run.passed_over)
            yield _intent(batch.chain, Kind.PAY, calldata.pay(run), given, effect, batch=batch)


def _intent(
    chain: Chain,
    kind: str,
    data: bytes,
    gas_limit: int,
    effect: effects.Effect,
    *,
    batch: SettlementBatch | None = None,
    escrow: Escrow | None = None,
) -> ChainIntent:
    to = chain.escrow_address if kind in {Kind.RELEASE, Kind.CLOSE, Kind.REFUND} else chain.settlement_address
    return ChainIntent(
        chain=chain, kind=kind, batch=batch, escrow=escrow, to=to, data="0x" + data.hex(), gas=gas_limit, effect=effect
    )
