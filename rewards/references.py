"""What escrows are for. Rewards knows a kind and an id; the room that chose them tells the rest, and registers here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from rewards.exceptions import RewardsError
from rewards.models import Escrow


@dataclass(frozen=True, slots=True)
class Undertaking:
    """What an escrow pays for: how people call it, where its client finds it, and since when it is ending."""

    title: str
    url: str
    ending_at: datetime | None


class Referent(Protocol):
    """A room that pays from escrows."""

    def undertakings(self, ids: Iterable[UUID]) -> dict[UUID, Undertaking]:
        """One statement, however many. What is gone is absent."""
        ...

    def end(self, reference_id: UUID, *, actor: User, reason: str) -> None:
        """Stop it for good, so that everything unused goes back. Safe to repeat."""
        ...


_referents: dict[str, Referent] = {}


def register(kind: str, referent: Referent) -> None:
    _referents[kind] = referent


def undertaking_of(escrow: Escrow) -> Undertaking | None:
    return undertakings_of([escrow]).get(escrow.pk)


def undertakings_of(escrows: Iterable[Escrow]) -> dict[UUID, Undertaking]:
    """By the escrow's id."""
    known = list(escrows)
    found: dict[tuple[str, UUID], Undertaking] = {}
    for kind, referent in _referents.items():
        ids = {escrow.reference_id for escrow in known if escrow.reference_kind == kind}
        found |= {(kind, pk): one for pk, one in (referent.undertakings(ids) if ids else {}).items()}
    keys = {escrow.pk: (escrow.reference_kind, escrow.reference_id) for escrow in known}
    return {pk: found[key] for pk, key in keys.items() if key in found}


def end_undertaking(escrow: Escrow, *, actor: User, reason: str) -> None:
    """What gives unused money back is the end of what it was locked for: nobody works unpaid afterwards."""
    referent = _referents.get(escrow.reference_kind)
    if referent is None:
        raise RewardsError(_("Nobody knows what this escrow was for."), code="no_undertaking")
    referent.end(escrow.reference_id, actor=actor, reason=reason)
