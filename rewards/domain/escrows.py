"""The money of one undertaking: quoted, locked on chain, reserved, earned, given back. docs/algorithms/ledger.md."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import TypedDict
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import Team, User
from lib.ids import new_id
from rewards.chain import calldata
from rewards.domain import ledger, locks
from rewards.exceptions import RewardsError
from rewards.models import ChainEvent, Deposit, Escrow, Reservation, Token, Transfer
from rewards.money import fee_minor

State = Escrow.State
# How often an escrow may be extended to its first price before its daily cap, fixed at opening, could bind.
CAP_HEADROOM = 4
MAX_CAP = 2**192 - 1
ANNOUNCEMENT_HOLDS = timedelta(minutes=15)


class Call(TypedDict):
    """A transaction for the client's own wallet."""

    to: str
    data: str
    value: str
    label: str


def quote_escrow(
    *,
    reference_kind: str,
    reference_id: UUID,
    team: Team,
    token: Token,
    rewards_minor: int,
    fee_bps: int,
    funder_address: str,
    part: int = 0,
) -> Escrow:
    """The escrow that `funder_address` is to open on chain. Repeated before money has arrived, it is replaced.

    An undertaking that pays in two tokens has two, which differ in `part`.
    """
    if rewards_minor <= 0:
        raise RewardsError(_("There is nothing to pay for."), code="nothing_to_pay", field="rewards_minor", status=422)
    required = rewards_minor + fee_minor(rewards_minor, fee_bps)
    if required > MAX_CAP:
        raise RewardsError(
            _("This price is more than any token has."), code="too_dear", field="price_minor", status=422
        )
    with transaction.atomic():
        escrow = _live_escrow(reference_kind, reference_id, part) or Escrow(
            reference_kind=reference_kind, reference_id=reference_id, part=part
        )
        terms = (token.pk, fee_bps, funder_address)
        is_new_promise = not escrow.chain_key or (escrow.token_id, escrow.fee_bps, escrow.funder_address) != terms
        if escrow.state != State.QUOTED or (is_new_promise and escrow.deposited):
            raise RewardsError(_("Money has arrived already: the quote is fixed."), code="already_funded")
        if is_new_promise and _is_on_its_way(escrow):
            raise RewardsError(
                _("Money is on its way under the present quote: wait until the chain has confirmed it."),
                code="money_on_its_way",
            )
        if is_new_promise or escrow.refused_reason:
            _promise(escrow, funder_address)
        escrow.team, escrow.token, escrow.fee_bps = team, token, fee_bps
        _require(escrow, required)
        escrow.save()
    return escrow


def funding_calls(escrow: Escrow) -> list[Call]:
    """What the funder has to send, in this order. Empty when everything is there."""
    missing = escrow.required - escrow.deposited
    if missing <= 0 or escrow.state in {State.CLOSING, State.CLOSED}:
        return []
    chain = escrow.token.chain
    approve = calldata.approve(chain.escrow_address, missing)
    if escrow.opened_transaction:
        deposit, label = calldata.top_up(bytes.fromhex(escrow.chain_key[2:]), missing), _("Add to the escrow")
    else:
        deposit, label = _opening(escrow, missing), _("Lock the money in escrow")
    return [
        Call(to=escrow.token.address, data="0x" + approve.hex(), value="0x0", label=_("Allow the escrow to take it")),
        Call(to=chain.escrow_address, data="0x" + deposit.hex(), value="0x0", label=label),
    ]


def extend_escrow(escrow: Escrow, *, rewards_minor: int) -> Escrow:
    """Raise what the escrow must hold to `rewards_minor` in all and the fee on them: a top-up is asked for."""
    with transaction.atomic():
        escrow = locks.lock_escrow(escrow.pk)
        if escrow.state not in {State.QUOTED, State.FUNDED}:
            raise RewardsError(_("This escrow is closing."), code="escrow_closing")
        required = rewards_minor + fee_minor(rewards_minor, escrow.fee_bps)
        if escrow.opened_transaction and required > escrow.daily_cap:
            raise RewardsError(
                _("The escrow was opened for at most %(times)d times its first price. Start another project.")
                % {"times": CAP_HEADROOM},
                code="above_cap",
            )
        _require(escrow, max(required, escrow.required))
        escrow.save(update_fields=["required", "state", "daily_cap"])
    return escrow


def announce_deposit(escrow: Escrow, *, transaction_hash: str, by: User, note: str = "") -> Deposit:
    """Say that this transaction pays for the escrow. It is credited when, and as, the chain tells it."""
    bare = transaction_hash.strip().lower()
    if len(bare) != 66 or not bare.startswith("0x") or set(bare[2:]) - set("0123456789abcdef"):
        raise RewardsError(
            _("A transaction hash is 0x and 64 hexadecimal digits."),
            code="invalid", field="transaction_hash", status=422,
        )  # fmt: skip
    with transaction.atomic():
        escrow = locks.lock_escrow(escrow.pk)
        known = escrow.deposits.filter(transaction_hash=bare).order_by("pk").first()
        if known:
            return known
        deposit = Deposit.objects.create(escrow=escrow, transaction_hash=bare, announced_by=by, note=note)
        changes = {"transaction": bare, "note": note}
        audit.record(
            "deposit.announced", actor=by, object_kind="escrow", object_id=escrow.pk, team=escrow.team, changes=changes
        )
    return deposit


def reserve(escrow: Escrow, *, reservation_id: UUID, amount_minor: int) -> Reservation:
    """Set value aside for work. A repeat with the same id is the same reservation."""
    with transaction.atomic():
        escrow = locks.lock_escrow(escrow.pk)
        known = Reservation.objects.filter(pk=reservation_id).first()
        if known is not None:
            if (known.escrow_id, known.amount) != (escrow.pk, amount_minor):
                raise ledger.LedgerConflict(_("Another reservation already has this id."))
            return known
        _refuse_reserving(escrow, amount_minor)
        reservation = Reservation.objects.create(id=reservation_id, escrow=escrow, amount=amount_minor)
        movements = [(ledger.free_of(escrow.pk), -amount_minor), (ledger.committed_of(escrow.pk), amount_minor)]
        ledger.post(reservation_id, Transfer.Code.RESERVE, escrow.token, reference_of(escrow), movements)
    return reservation


def reserve_together(reservations: Sequence[tuple[Escrow, UUID, int]]) -> list[Reservation]:
    """From each escrow its amount, or from none anything."""
    with transaction.atomic():
        locks.lock_escrows(escrow.pk for escrow, _id, _minor in reservations)
        return [reserve(escrow, reservation_id=pk, amount_minor=minor) for escrow, pk, minor in reservations]


def void_reservations(escrow: Escrow) -> int:
    """Give back everything reserved and not earned. Returns how much; nothing can be earned any more afterwards."""
    with transaction.atomic():
        escrow = locks.lock_escrow(escrow.pk)
        committed = ledger.committed_of(escrow.pk)
        rest = ledger.balance(escrow.token, committed)
        if rest:
            movements = [(committed, -rest), (ledger.free_of(escrow.pk), rest)]
            ledger.post(new_id(), Transfer.Code.VOID, escrow.token, reference_of(escrow), movements)
        escrow.reservations.filter(voided_at=None).update(voided_at=timezone.now())
    return rest


def begin_refund(escrow: Escrow, *, actor: User | None) -> Escrow:
    """Give the rest back to the client. Ends CLOSED, once the chain has confirmed it; at once when nothing is there."""
    with transaction.atomic():
        escrow = locks.lock_escrow(escrow.pk)
        if escrow.state in {State.CLOSING, State.CLOSED}:
            return escrow
        if ledger.balance(escrow.token, ledger.committed_of(escrow.pk)):
            raise RewardsError(_("Part of the escrow is still reserved for work."), code="still_reserved")
        escrow.state = State.CLOSING
        close_if_empty(escrow)
        escrow.save(update_fields=["state"])
        audit.record("escrow.closing", actor=actor, object_kind="escrow", object_id=escrow.pk, team=escrow.team)
    return escrow


def close_if_empty(escrow: Escrow) -> None:
    """A closing escrow is closed when the client has everything back and the rest is released."""
    empty = not any(ledger.balances(escrow.token, [ledger.free_of(escrow.pk), ledger.committed_of(escrow.pk)]).values())
    if escrow.state == State.CLOSING and empty and escrow.released == escrow.rewarded:
        escrow.state = State.CLOSED


def reference_of(escrow: Escrow) -> ledger.Reference:
    return ledger.Reference(escrow.reference_kind, str(escrow.reference_id))


def _live_escrow(reference_kind: str, reference_id: UUID, part: int) -> Escrow | None:
    live = Escrow.objects.filter(part=part).exclude(state=State.CLOSED)
    pk = live.filter(reference_kind=reference_kind, reference_id=reference_id).values_list("pk", flat=True).first()
    return locks.lock_escrow(pk) if pk else None


def _is_on_its_way(escrow: Escrow) -> bool:
    """Under another key it would not be known as this project's. What was refused is not waited for."""
    if escrow.refused_reason or not escrow.chain_key:
        return False
    opened = ChainEvent.objects.filter(
        chain=escrow.token.chain_id, name="Opened", is_applied=False, arguments__project=escrow.chain_key
    )
    # An announcement may name a transaction that never was, so it is believed for a while only.
    announced = escrow.deposits.filter(log_index=None, created_at__gt=timezone.now() - ANNOUNCEMENT_HOLDS)
    return opened.exists() or announced.exists()


def _promise(escrow: Escrow, funder_address: str) -> None:
    """A new key: what may be on its way under the old terms is not taken for these."""
    salt = secrets.token_bytes(32)
    escrow.funder_address = funder_address
    escrow.salt = "0x" + salt.hex()
    escrow.chain_key = "0x" + calldata.project_key(funder_address, salt).hex()
    escrow.opened_transaction = escrow.refused_reason = ""


def _require(escrow: Escrow, required: int) -> None:
    escrow.required = required
    if not escrow.opened_transaction:
        escrow.daily_cap = min(CAP_HEADROOM * required, MAX_CAP)
    if escrow.state in {State.QUOTED, State.FUNDED}:
        escrow.state = State.FUNDED if escrow.deposited >= required else State.QUOTED


def _opening(escrow: Escrow, amount: int) -> bytes:
    return calldata.open_project(
        salt=bytes.fromhex(escrow.salt[2:]),
        token=escrow.token.address,
        amount=amount,
        fee_bps=escrow.fee_bps,
        cap=escrow.daily_cap,
    )


def _refuse_reserving(escrow: Escrow, amount_minor: int) -> None:
    if escrow.state != State.FUNDED:
        raise RewardsError(_("The escrow is not funded."), code="not_funded")
    if amount_minor <= 0:
        raise RewardsError(_("There is nothing to reserve."), code="nothing_to_reserve", status=422)
    held = ledger.balances(escrow.token, [ledger.free_of(escrow.pk), ledger.committed_of(escrow.pk)])
    if held[ledger.free_of(escrow.pk)] < amount_minor:
        raise RewardsError(_("The escrow does not hold as much."), code="not_funded")
    used = escrow.rewarded + fee_minor(escrow.rewarded, escrow.fee_bps) + held[ledger.committed_of(escrow.pk)]
    # Otherwise one client's cap could hold up the release of a whole batch.
    if used + amount_minor > escrow.daily_cap:
        raise RewardsError(_("More than the escrow's daily cap cannot be reserved."), code="above_cap")
