"""Which escrows can release what was earned from them, as the chain says now. One that cannot waits; no other does.

Its client may have closed it on chain and taken the rest back (`funds`), or its daily cap may be used up (`cap`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import F, Q, QuerySet

from rewards.chain.client import ChainClient
from rewards.chain.reads import EscrowProject, escrow_project, spent_today
from rewards.models import Chain, ChainIntent, Escrow
from rewards.money import fee_minor

State = Escrow.State
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Refused:
    words: str
    is_passing: bool = False  # a used-up cap is gone at midnight; everything else wants a person


def check_dues(chain: Chain, client: ChainClient) -> None:
    """Before a batch is frozen: mark the escrows that cannot pay, unmark those that can again.

    Only those are asked about that could refuse: all others would be a question each. What slips through is found
    when the release is simulated.
    """
    for escrow in _doubtful(chain).select_related("token__chain"):
        refused = refusal_of(escrow, client)
        words = refused.words if refused else ""
        if words != escrow.release_refused:
            Escrow.objects.filter(pk=escrow.pk).update(release_refused=words)


def refusals(intent: ChainIntent, client: ChainClient) -> dict[Escrow, Refused]:
    """Of the dues of one release: those that the contract would not take."""
    due = {key: int(minor) for key, minor in intent.effect["dues"]}
    escrows = Escrow.objects.filter(chain_key__in=due, token__chain=intent.chain).select_related("token__chain")
    found = {escrow: refusal_of(escrow, client, rewarded=due[escrow.chain_key]) for escrow in escrows.order_by("pk")}
    return {escrow: refused for escrow, refused in found.items() if refused}


def refusal_of(escrow: Escrow, client: ChainClient, *, rewarded: int | None = None) -> Refused | None:
    """Why the contract would not release what was earned from this escrow: all of it, or up to `rewarded`."""
    rewarded = escrow.rewarded if rewarded is None else rewarded
    address, key = escrow.token.chain.escrow_address, bytes.fromhex(escrow.chain_key[2:])
    project = escrow_project(client, address, key)
    if project is None:
        return Refused("Nobody has opened it on chain.")
    if project.token.lower() != escrow.token.address.lower():
        return Refused(f"It holds another token, {project.token}.")
    if rewarded <= project.rewarded:
        return None
    wanted = rewarded + fee_minor(rewarded, escrow.fee_bps)
    if (missing := wanted + project.refunded - project.funded) > 0:
        return Refused(f"Its client took {project.refunded} back on chain: {missing} minor units are missing.")
    return _beyond_cap(wanted, project, spent_today(client, address, key), client)


def _beyond_cap(wanted: int, project: EscrowProject, spent: int, client: ChainClient) -> Refused | None:
    if wanted - project.rewarded - project.fee + spent <= project.cap:
        return None
    midnight = datetime.fromtimestamp((client.block().timestamp // DAY + 1) * DAY, UTC)
    return Refused(f"It may release {project.cap} a day, and that is used up until {midnight:%d %B}.", is_passing=True)


def _doubtful(chain: Chain) -> QuerySet[Escrow]:
    owing = Escrow.objects.filter(token__chain=chain, released__lt=F("rewarded"))
    is_ending = Q(state__in=[State.CLOSING, State.CLOSED]) | Q(client_closing_at__isnull=False)
    # With its fee, which is at most a fifth, an escrow that earned less in all its life cannot meet a cap of one day.
    may_meet_cap = Q(daily_cap__lt=F("rewarded") * 2)
    return owing.filter(is_ending | may_meet_cap | ~Q(release_refused="")).order_by("pk")
