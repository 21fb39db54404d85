"""Funding an escrow with one signature and one transaction, where its token takes permits. docs/contracts/permit.md."""

import time
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from eth_utils import to_checksum_address

from rewards.chain import abi, calldata
from rewards.chain.calldata import SignedPermit
from rewards.chain.client import ChainClient
from rewards.chain.errors import ChainRejected
from rewards.chain.permit import PermitDomain, permit_nonce, permit_typed_data
from rewards.chain.reads import token_allowance
from rewards.domain.escrows import Call, funding_calls
from rewards.exceptions import RewardsError
from rewards.models import Escrow

SECONDS_TO_SIGN_AND_SEND = 1800
# Less than this is left: a transaction that goes out now may be mined too late.
SECONDS_TO_BE_MINED = 30
# An account that only borrows a contract's code still has a key, and signs with it (EIP-7702).
DELEGATION = b"\xef\x01\x00"


class NoPermit(RewardsError):
    """This escrow is funded with an approval and a second transaction."""

    code = "no_permit"


class PermitExpired(RewardsError):
    """The same wallet may sign a new one."""

    code = "permit_expired"


class PermitRefused(RewardsError):
    """The token does not take this signature."""

    code = "permit_refused"


@dataclass(frozen=True, slots=True)
class PermitRequest:
    """What the funder's wallet is to sign, and until when the signature is of use (seconds since 1970)."""

    typed_data: dict[str, Any]
    deadline: int


@dataclass(frozen=True, slots=True)
class PermittedOpening:
    """The one call to send. `is_used`: somebody handed the signature in already, which leaves the allowance there."""

    call: Call
    is_used: bool


def may_have_permit(escrow: Escrow) -> bool:
    """Without asking the chain: the token takes permits, and something is missing, at the opening or later."""
    return escrow.token.has_permit and len(funding_calls(escrow)) == 2


def permit_request(escrow: Escrow, client: ChainClient) -> PermitRequest:
    """The EIP-712 data for the funder of this escrow. Raises NoPermit where an approval is the way."""
    domain = _domain_of(escrow, client)
    if client.code(escrow.funder_address)[:3] not in {b"", DELEGATION}:
        raise NoPermit(
            _("The paying address is a contract, which cannot sign a permit: it sends two transactions."),
            code="smart_wallet",
        )
    nonce = permit_nonce(client, escrow.token.address, escrow.funder_address)
    return _request(escrow, domain, nonce=nonce, deadline=_now(client) + SECONDS_TO_SIGN_AND_SEND)


def opening_with_permit(escrow: Escrow, client: ChainClient, *, deadline: int, signature: str) -> PermittedOpening:
    """The call that uses the signature. Whoever handed it in before us took nothing: then the rest is sent alone."""
    _domain_of(escrow, client)
    permit = _split(signature, deadline)
    missing = escrow.required - escrow.deposited
    if _is_taken(escrow, client, missing, permit):
        if deadline < _now(client) + SECONDS_TO_BE_MINED:
            raise _expired()
        call = _call(escrow, missing, permit)
        if escrow.opened_transaction:
            _refuse_what_the_chain_refuses(escrow, client, call)
        return PermittedOpening(call, is_used=False)
    if token_allowance(client, escrow.token.address, escrow.funder_address, _spender(escrow)) >= missing:
        return PermittedOpening(funding_calls(escrow)[-1], is_used=True)
    if deadline < _now(client) + SECONDS_TO_BE_MINED:
        raise _expired()
    raise PermitRefused(
        _("The token does not take this signature: another account or amount was signed. Two transactions do the same.")
    )


def _domain_of(escrow: Escrow, client: ChainClient) -> PermitDomain:
    token = escrow.token
    if not may_have_permit(escrow):
        raise NoPermit(_("This escrow takes no permit: nothing is missing, or its token has none."))
    domain = PermitDomain(
        token.permit_name, token.permit_version, token.chain.chain_id, to_checksum_address(token.address)
    )
    # What was recorded may be old; a signature for another domain would be of no use.
    if client.call(token.address, calldata.ERC20["DOMAIN_SEPARATOR"]) != domain.separator:
        raise NoPermit(_("The token has changed how it takes permits: send two transactions."), code="token_changed")
    return domain


def _request(escrow: Escrow, domain: PermitDomain, *, nonce: int, deadline: int) -> PermitRequest:
    typed_data = permit_typed_data(
        domain,
        owner=escrow.funder_address,
        spender=_spender(escrow),
        amount=escrow.required - escrow.deposited,
        nonce=nonce,
        deadline=deadline,
    )
    return PermitRequest(typed_data, deadline)


def _is_taken(escrow: Escrow, client: ChainClient, amount: int, permit: SignedPermit) -> bool:
    """Would the token take it now? It is asked itself, since tokens differ in what they accept."""
    owner, spender = to_checksum_address(escrow.funder_address), _spender(escrow)
    arguments = [owner, spender, amount, permit.deadline, permit.v, permit.r, permit.s]
    data = abi.encode_call(calldata.ERC20["permit"], arguments)
    try:
        client.simulate(to=to_checksum_address(escrow.token.address), data=data, sender=spender)
    except ChainRejected:
        return False
    return True


def _refuse_what_the_chain_refuses(escrow: Escrow, client: ChainClient, call: Call) -> None:
    """A contract that was deployed before it knew this call, for one, would take the client's gas and do nothing."""
    try:
        client.simulate(
            to=_spender(escrow), data=bytes.fromhex(call["data"][2:]), sender=to_checksum_address(escrow.funder_address)
        )
    except ChainRejected as error:
        raise PermitRefused(
            _("The chain would not take this in one transaction. Two transactions do the same.")
        ) from error


def _call(escrow: Escrow, amount: int, permit: SignedPermit) -> Call:
    if escrow.opened_transaction:
        data = calldata.top_up_with_permit(bytes.fromhex(escrow.chain_key[2:]), amount, permit=permit)
        label = _("Add to the escrow, with the signature")
    else:
        data = calldata.open_with_permit(
            salt=bytes.fromhex(escrow.salt[2:]),
            token=escrow.token.address,
            amount=amount,
            fee_bps=escrow.fee_bps,
            cap=escrow.daily_cap,
            permit=permit,
        )
        label = _("Lock the money in escrow, with the signature")
    return Call(to=escrow.token.chain.escrow_address, data="0x" + data.hex(), value="0x0", label=label)


def _split(signature: str, deadline: int) -> SignedPermit:
    raw = bytes.fromhex(signature.removeprefix("0x"))
    if len(raw) != 65:
        raise PermitRefused(
            _("This is a contract wallet's signature, which the token cannot check. Send two transactions.")
        )
    v = raw[64]
    return SignedPermit(deadline=deadline, v=v + 27 if v < 27 else v, r=raw[:32], s=raw[32:64])


def _spender(escrow: Escrow) -> str:
    return str(to_checksum_address(escrow.token.chain.escrow_address))


def _now(client: ChainClient) -> int:
    """The token compares with its block's time, which may be ahead of ours."""
    return max(int(time.time()), client.block().timestamp)


def _expired() -> PermitExpired:
    return PermitExpired(_("The signature's time is over. Nothing was moved: sign again."))
