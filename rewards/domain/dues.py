"""Which escrows can release what was earned from them, as the chain says now. One that cannot waits; no other does.

Its client may have closed it on chain and taken the rest back. (Its daily cap cannot bind: no more than `required` is
ever earned, and `required` never passes the cap that the escrow was opened with. rewards/domain/escrows.py.)
"""

from uuid import UUID

from django.db.models import F, Q, QuerySet

from rewards.chain import calldata, gas
from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainRejected, Reason
from rewards.chain.reads import escrow_project
from rewards.models import Chain, ChainIntent, Escrow
from rewards.money import fee_minor

State = Escrow.State
# The contract's own words, which say nothing of any token.
NOT_THE_TOKEN = {"paused", "not operator"}


def check_dues(chain: Chain, client: ChainClient) -> None:
    """Before a batch is frozen: mark the escrows that cannot pay, unmark those that can again.

    Only those are asked about that could refuse: all others would be a question each. What slips through is found
    when the release is signed.
    """
    of_tokens: dict[UUID, str] = {}
    for escrow in _doubtful(chain).select_related("token__chain__signer"):
        words = refusal_of(escrow, client)
        if escrow.release_refused and not words:
            if escrow.token_id not in of_tokens:
                of_tokens[escrow.token_id] = _still_refused(escrow, client)
            words = of_tokens[escrow.token_id]
        if words != escrow.release_refused:
            Escrow.objects.filter(pk=escrow.pk).update(release_refused=words)


def refusals(intent: ChainIntent, client: ChainClient) -> dict[Escrow, str]:
    """Of the dues of one release: those that the contract would not take."""
    due = {key: int(minor) for key, minor in intent.effect["dues"]}
    escrows = Escrow.objects.filter(chain_key__in=due, token__chain=intent.chain).select_related("token__chain")
    found = {escrow: refusal_of(escrow, client, rewarded=due[escrow.chain_key]) for escrow in escrows.order_by("pk")}
    return {escrow: words for escrow, words in found.items() if words}


def refused_by_token(intent: ChainIntent, error: ChainRejected) -> dict[Escrow, str]:
    """All dues of one release, when the token itself would not move; none when it is something else.

    It may be paused, or keep a fee from now on: whoever earned in it waits, and nobody else.
    """
    if not _is_the_token(error):
        return {}
    keys = [key for key, _minor in intent.effect["dues"]]
    escrows = Escrow.objects.filter(chain_key__in=keys, token__chain=intent.chain).select_related("token__chain")
    return {escrow: f"{escrow.token} cannot be moved: {error.detail}." for escrow in escrows.order_by("pk")}


def _is_the_token(error: ChainRejected) -> bool:
    return error.reason is Reason.GAS_LIMIT or (error.reason is Reason.REVERTED and error.detail not in NOT_THE_TOKEN)


def _still_refused(escrow: Escrow, client: ChainClient) -> str:
    """Asked of one escrow for all of its token: would its release go through now?"""
    chain = escrow.token.chain
    due = calldata.Due(bytes.fromhex(escrow.chain_key[2:]), escrow.rewarded)
    data = calldata.release(batch=bytes(32), token=escrow.token.address, dues=[due])
    try:
        client.simulate(to=chain.escrow_address, data=data, sender=chain.signer.address, gas=gas.TRANSACTION_CAP)
    except ChainRejected as error:
        return f"{escrow.token} cannot be moved: {error.detail}." if _is_the_token(error) else escrow.release_refused
    return ""


def refusal_of(escrow: Escrow, client: ChainClient, *, rewarded: int | None = None) -> str:
    """Why the contract would not release what was earned from this escrow (or `rewarded` of it); else empty."""
    rewarded = escrow.rewarded if rewarded is None else rewarded
    address, key = escrow.token.chain.escrow_address, bytes.fromhex(escrow.chain_key[2:])
    project = escrow_project(client, address, key)
    if project is None:
        return "Nobody has opened it on chain."
    if project.token.lower() != escrow.token.address.lower():
        return f"It holds another token, {project.token}."
    if rewarded <= project.rewarded:
        return ""
    wanted = rewarded + fee_minor(rewarded, escrow.fee_bps)
    if (missing := wanted + project.refunded - project.funded) > 0:
        return f"Its client took {project.refunded} back on chain: {missing} minor units are missing."
    return ""


def shortage_of(intent: ChainIntent, client: ChainClient) -> str:
    """What a batch lacks whose root is signed when this release of it is refused, in words; empty when nothing."""
    refused = refusals(intent, client)
    if not refused:
        return ""
    due, chain = {key: int(minor) for key, minor in intent.effect["dues"]}, intent.chain
    missing = 0
    for escrow in refused:
        project = escrow_project(client, chain.escrow_address, bytes.fromhex(escrow.chain_key[2:]))
        missing += due[escrow.chain_key] - (project.rewarded if project else 0)
    escrow, words = next(iter(refused.items()))
    return (
        f"{words} The root that pays with it is signed: send {missing} minor units of {escrow.token} to Settlement,"
        f" {chain.settlement_address}, then resume. Until then nothing else is sent."
    )


def _doubtful(chain: Chain) -> QuerySet[Escrow]:
    owing = Escrow.objects.filter(token__chain=chain, released__lt=F("rewarded"))
    is_ending = Q(state__in=[State.CLOSING, State.CLOSED]) | Q(client_closing_at__isnull=False)
    return owing.filter(is_ending | ~Q(release_refused="")).order_by("pk")
