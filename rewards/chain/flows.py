"""Does every movement of a token in and out of our contracts have its cause in the same transaction? Pure.

A token's own Transfer logs are laid beside the events of Escrow and Settlement. Nothing here knows the books, but for
the payees of a run, which only they can name. docs/operating/settlement.md, "Reconciliation".
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rewards.chain import events

Payees = Callable[[events.RunPaid], Iterable[tuple[str, int]]]


class Kind(StrEnum):
    UNASKED = "unasked_transfer"
    UNKNOWN = "unknown_payment"
    MISSING = "missing_transfer"


@dataclass(frozen=True, slots=True)
class Difference:
    kind: str
    account: str
    transaction: str
    detail: str


@dataclass(frozen=True, slots=True)
class Places:
    escrow: str
    settlement: str
    treasury: str


@dataclass(slots=True)
class Sums:
    """What moved, in minor units. The first four are the token's word, the rest our contracts'."""

    escrow_in: int = 0
    escrow_out: int = 0
    settlement_in: int = 0
    settlement_out: int = 0
    funded: int = 0
    refunded: int = 0
    released: int = 0
    fees: int = 0
    pushed: int = 0
    claimed: int = 0


@dataclass(frozen=True, slots=True)
class Explained:
    sums: Sums
    differences: list[Difference]


@dataclass(slots=True)
class _Deed:
    """One transaction: what the token says, and what our contracts say."""

    transfers: list[events.Transfer] = field(default_factory=list)
    said: list[events.ChainEvent] = field(default_factory=list)


def explain(
    transfers: Sequence[events.Transfer],
    said: Sequence[events.ChainEvent],
    *,
    places: Places,
    token: str,
    ours: Mapping[bytes, bool],
    payees: Payees,
) -> Explained:
    """One token, one range of blocks. `ours` has each project paid in this token, and whether it is in the books."""
    deeds: dict[str, _Deed] = defaultdict(_Deed)
    seen: set[tuple[int, int]] = set()
    for transfer in transfers:
        place = (transfer.at.block_number, transfer.at.log_index)
        # Anybody may "transfer" nothing from anybody, and one log may be found as coming and as going.
        if transfer.value and place not in seen:
            seen.add(place)
            deeds[transfer.at.transaction_hash].transfers.append(transfer)
    for event in said:
        if _is_about(event, token, ours):
            deeds[event.at.transaction_hash].said.append(event)
    sums, differences = Sums(), list[Difference]()
    for transaction, deed in deeds.items():
        _count(sums, deed, places, ours)
        differences += _escrow(transaction, deed, places)
        differences += _settlement(transaction, deed, places, payees, sums)
    return Explained(sums, differences)


def _is_about(event: events.ChainEvent, token: str, ours: Mapping[bytes, bool]) -> bool:
    project = getattr(event, "project", None)
    if project is not None:
        return project in ours
    return str(getattr(event, "token", "")).lower() == token.lower()


def _count(sums: Sums, deed: _Deed, places: Places, ours: Mapping[bytes, bool]) -> None:
    for transfer in deed.transfers:
        sums.escrow_in += transfer.value * (transfer.receiver == places.escrow)
        sums.escrow_out += transfer.value * (transfer.sender == places.escrow)
        sums.settlement_in += transfer.value * (transfer.receiver == places.settlement)
        sums.settlement_out += transfer.value * (transfer.sender == places.settlement)
    for event in deed.said:
        match event:
            case events.Funded() if ours[event.project]:
                sums.funded += event.amount
            case events.Refunded() if ours[event.project]:
                sums.refunded += event.amount
            case events.Released() if ours[event.project]:
                sums.released += event.amount
                sums.fees += event.fee
            case events.Claimed():
                sums.claimed += event.amount


def _escrow(transaction: str, deed: _Deed, places: Places) -> list[Difference]:
    """In by deposits only; out as wages, fees and refunds."""
    came = [(transfer.sender, transfer.value) for transfer in deed.transfers if transfer.receiver == places.escrow]
    went = [(transfer.receiver, transfer.value) for transfer in deed.transfers if transfer.sender == places.escrow]
    due_in = [(event.payer, event.amount) for event in deed.said if isinstance(event, events.Funded)]
    due_out: Counter[str] = Counter()
    for event in deed.said:
        match event:
            case events.Released():
                due_out[places.settlement] += event.amount
                due_out[places.treasury] += event.fee
            case events.FeesHeld():
                due_out[places.treasury] -= event.amount
            case events.FeesCollected():
                due_out[places.treasury] += event.amount
            case events.Refunded():
                due_out[event.client] += event.amount
    found = _compare(came, due_in, transaction, Kind.UNASKED, "came into Escrow without a deposit")
    outgoing = [(account, minor) for account, minor in due_out.items() if minor]
    return found + _compare(_by_party(went), outgoing, transaction, Kind.UNKNOWN, "left Escrow without a cause")


def _settlement(transaction: str, deed: _Deed, places: Places, payees: Payees, sums: Sums) -> list[Difference]:
    """In by releases only; out by runs of a batch that the books know, and by claims."""
    came = [(one.sender, one.value) for one in deed.transfers if one.receiver == places.settlement]
    wages = sum(event.amount for event in deed.said if isinstance(event, events.Released))
    due_in = [(places.escrow, wages)] if wages else []
    went = Counter((one.receiver, one.value) for one in deed.transfers if one.sender == places.settlement)
    claims = Counter((event.to, event.amount) for event in deed.said if isinstance(event, events.Claimed))
    missing = claims - went
    went -= claims
    for event in deed.said:
        if went and isinstance(event, events.RunPaid):
            matched = went & Counter(payees(event))
            sums.pushed += sum(amount * count for (_, amount), count in matched.items())
            went -= matched
    found = _compare(_by_party(came), due_in, transaction, Kind.UNASKED, "came into Settlement without a release")
    found += [
        Difference(Kind.UNKNOWN, account, transaction, f"{amount} units left Settlement; no batch of ours pays them")
        for (account, amount), count in went.items()
        for _ in range(count)
    ]
    return found + [_absent(account, amount, transaction) for account, amount in missing.elements()]


def _compare(
    moved: Sequence[tuple[str, int]], due: Sequence[tuple[str, int]], transaction: str, kind: Kind, words: str
) -> list[Difference]:
    if sum(minor for _, minor in moved) == sum(minor for _, minor in due) and _sums(moved) == _sums(due):
        return []
    surplus, lacking = Counter(moved) - Counter(due), Counter(due) - Counter(moved)
    found = [Difference(kind, account, transaction, f"{minor} units {words}") for account, minor in surplus.elements()]
    return found + [_absent(account, minor, transaction) for account, minor in lacking.elements()]


def _absent(account: str, minor: int, transaction: str) -> Difference:
    detail = f"{minor} units: our contract says that they moved, and the token has no transfer"
    return Difference(Kind.MISSING, account, transaction, detail)


def _sums(movements: Iterable[tuple[str, int]]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for party, minor in movements:
        sums[party] += minor
    return sums


def _by_party(movements: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return list(_sums(movements).items())
