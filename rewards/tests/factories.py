"""Rows for tests. Plain functions, one per model; what a test cares about is an argument."""

import secrets
from uuid import uuid4

from django.db import transaction
from eth_utils import to_checksum_address

from accounts.models import Team, User, Wallet
from rewards.chain import calldata
from rewards.domain import ledger
from rewards.domain.accrual import NewEarning, accrue
from rewards.domain.escrows import quote_escrow, reserve
from rewards.models import Chain, ChainSigner, Escrow, Token, Transfer

PASSWORD = "a long enough password"


def make_address() -> str:
    return to_checksum_address(secrets.token_bytes(20))


def make_user(**fields) -> User:
    fields.setdefault("email", f"{uuid4().hex[:12]}@example.org")
    return User.objects.create_user(password=PASSWORD, **fields)


def make_wallet(user: User, *, is_payout: bool = True, address: str | None = None) -> Wallet:
    return Wallet.objects.create(user=user, address=address or make_address(), is_payout=is_payout)


def make_earner(**fields) -> User:
    user = make_user(**fields)
    make_wallet(user)
    return user


def make_team(name: str = "Oasis Labs") -> Team:
    return Team.objects.create(name=name)


def make_chain(**fields) -> Chain:
    fields = {
        "chain_id": 31337,
        "name": "Development chain",
        "genesis_hash": "0x" + "00" * 32,
        "escrow_address": make_address(),
        "settlement_address": make_address(),
        "escrow_code_hash": "0x" + "01" * 32,
        "settlement_code_hash": "0x" + "02" * 32,
    } | fields
    chain = Chain.objects.create(**fields)
    ChainSigner.objects.create(chain=chain, address=make_address())
    return chain


def make_token(chain: Chain | None = None, *, decimals: int = 6, symbol: str = "TEST") -> Token:
    chain = chain or Chain.objects.first() or make_chain()
    return Token.objects.create(chain=chain, address=make_address(), symbol=symbol, name=symbol, decimals=decimals)


def make_escrow(token: Token | None = None, *, rewards_minor: int = 1_000_000, fee_bps: int = 500, **fields) -> Escrow:
    """Quoted, not funded."""
    return quote_escrow(
        reference_kind=fields.get("reference_kind", "project"),
        reference_id=fields.get("reference_id") or uuid4(),
        team=fields.get("team") or make_team(),
        token=token or make_token(),
        rewards_minor=rewards_minor,
        fee_bps=fee_bps,
        funder_address=fields.get("funder_address") or make_address(),
    )


@transaction.atomic
def fund(escrow: Escrow, minor: int | None = None) -> Escrow:
    """As if the indexer had seen the deposit; for tests without a chain."""
    minor = escrow.required - escrow.deposited if minor is None else minor
    movements = [(ledger.DEPOSITS, -minor), (ledger.free_of(escrow.pk), minor)]
    ledger.post(uuid4(), Transfer.Code.DEPOSIT, escrow.token, ledger.Reference("test", "deposit"), movements)
    escrow.deposited += minor
    escrow.state = Escrow.State.FUNDED
    escrow.save()
    return escrow


def make_funded_escrow(token: Token | None = None, **fields) -> Escrow:
    """Funded, and all of it reserved."""
    escrow = fund(make_escrow(token, **fields))
    reserve(escrow, reservation_id=uuid4(), amount_minor=escrow.required)
    return escrow


def earn(escrow: Escrow, shares: dict[User, int], *, reason: str = "answer") -> int:
    earnings = [NewEarning(uuid4(), reason, user.pk, minor) for user, minor in shares.items()]
    return accrue(escrow.pk, earnings=earnings)


def project_key(escrow: Escrow) -> bytes:
    return calldata.project_key(escrow.funder_address, bytes.fromhex(escrow.salt[2:]))
