"""When ledger and chain differ: written down, the chain stopped, and a person asked. Audited from end to end."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import audit
from accounts.models import User
from rewards.domain import chain_health, locks
from rewards.exceptions import RewardsError
from rewards.models import Chain, Incident, Token

log = logging.getLogger(__name__)
Kind = Incident.Kind
# A broken node or a stolen key could make as many differences as there are people: the first ones tell enough.
MOST_AT_ONCE = 100
STOPPED_BY = "Reconciliation"


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between ledger and chain: which account, and which transaction."""

    kind: str
    token: Token | None
    account: str
    transaction: str
    detail: str


def open_incidents(chain: Chain, differences: Sequence[Difference], *, block_number: int) -> list[Incident]:
    """One incident for each difference that has none open, and the chain stopped. Returns the new ones."""
    if not differences:
        return []
    with transaction.atomic():
        chain = locks.lock_chain(chain.pk)
        new = [
            incident
            # What stops first: many gifts must not hide a theft.
            for difference in sorted(differences, key=lambda found: not _stops(found))[:MOST_AT_ONCE]
            if (incident := _open(chain, difference, block_number)) is not None
        ]
    stopping = [difference for difference in differences if _stops(difference)]
    if stopping:
        first = stopping[0]
        parts = (str(Kind(first.kind).label), first.account, first.transaction, first.detail)
        what = ": ".join(part for part in parts if part)
        more = f" and {len(stopping) - 1} more" if len(stopping) > 1 else ""
        chain_health.stop_chain(chain, f"{STOPPED_BY} at block {block_number}: {what}{more}.")
    return new


def resolve_incident(incident: Incident, *, actor: User, reason: str) -> Incident:
    """Say what it was. With the last one resolved, a chain that reconciliation stopped goes on.

    What still differs is found again by the next reconciliation, as a new incident.
    """
    if not reason.strip():
        raise RewardsError(_("Say why."), code="reason_missing", field="reason", status=422)
    with transaction.atomic():
        chain = locks.lock_chain(incident.chain_id)
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
        if incident.resolved_at is not None:
            raise RewardsError(_("This incident is resolved already."), code="already_resolved")
        incident.resolved_at, incident.resolved_by, incident.resolution = timezone.now(), actor, reason.strip()
        incident.save(update_fields=["resolved_at", "resolved_by", "resolution"])
        audit.record(
            "incident.resolved", actor=actor, object_kind="incident", object_id=incident.pk,
            changes={"kind": incident.kind, "transaction": incident.transaction, "account": incident.account},
            reason=reason.strip(),
        )  # fmt: skip
        is_last = not chain.incidents.filter(resolved_at=None).exists()
        if is_last and chain.stopped_reason.startswith(STOPPED_BY):
            chain_health.resume_chain(chain, actor=actor, reason=reason.strip())
    return incident


def _open(chain: Chain, difference: Difference, block_number: int) -> Incident | None:
    """Called under the chain's lock: nobody opens the same one beside us."""
    key = {
        "kind": difference.kind,
        "token": difference.token,
        "account": difference.account[:200],
        "transaction": difference.transaction[:80],
    }
    if chain.incidents.filter(resolved_at=None, **key).exists():
        return None
    incident = Incident.objects.create(chain=chain, detail=difference.detail, block_number=block_number, **key)
    audit.record(
        "incident.opened", actor=None, object_kind="incident", object_id=incident.pk,
        changes={"chain": chain.chain_id, "kind": difference.kind, "account": difference.account,
                 "transaction": difference.transaction, "detail": difference.detail},
    )  # fmt: skip
    log.error("Incident on chain %s: %s", chain.chain_id, difference)
    return incident


def _stops(difference: Difference) -> bool:
    """Money that came in unasked takes nothing from anybody; who fears being stopped by gifts may let it pass."""
    return difference.kind != Kind.UNASKED_TRANSFER or settings.UNASKED_TRANSFERS_STOP
