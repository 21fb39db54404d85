"""Permits signed as a wallet signs them, by eth-account and not by our own code."""

from dataclasses import dataclass
from typing import Any

from eth_account import Account

from contracts.tests.harness import Contract
from rewards.chain.permit import PermitDomain, permit_typed_data

LATER = 2**48


@dataclass(frozen=True)
class Permit:
    deadline: int
    v: int
    r: bytes
    s: bytes

    @property
    def parts(self) -> tuple[Any, ...]:
        return self.deadline, self.v, self.r, self.s


def domain_of(token: Contract) -> PermitDomain:
    return PermitDomain(token.name(), token.version(), 31337, token.address)


def sign_permit(
    token: Contract,
    key: str,
    spender: str,
    amount: int,
    *,
    nonce: int = 0,
    deadline: int = LATER,
    domain: PermitDomain | None = None,
) -> Permit:
    owner = Account.from_key(key).address
    data = permit_typed_data(
        domain or domain_of(token), owner=owner, spender=spender, amount=amount, nonce=nonce, deadline=deadline
    )
    message = {name: value if name in {"owner", "spender"} else int(value) for name, value in data["message"].items()}
    signed = Account.sign_typed_data(key, full_message=data | {"message": message})
    return Permit(deadline, signed.v, signed.r.to_bytes(32), signed.s.to_bytes(32))
