"""One plain function per model; real wallets sign with keys made here."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from accounts.domain.api_key import create_key
from accounts.models import ApiKey, Invitation, Membership, Role, Scope, Team, User, Wallet

PASSWORD = "water finds its way"
_numbers = count(1)


def make_person(
    *, email: str | None = "", password: str | None = PASSWORD, is_verified: bool = True, **fields: Any
) -> User:
    """A person with a verified e-mail address; `email=None` for one who came by wallet."""
    if email == "":
        email = f"person{next(_numbers)}@example.org"
    user = User.objects.create_user(email, password if email else None, **fields)
    if user.email:
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=is_verified)
    return user


def make_team(owner: User | None = None, *, name: str = "Oasis Labs", **members: Role) -> Team:
    team = Team.objects.create(name=name)
    make_membership(team, owner or make_person(), Role.OWNER)
    return team


def make_membership(team: Team, user: User, role: Role = Role.VIEWER) -> Membership:
    return Membership.objects.create(team=team, user=user, role=role)


def make_key(user: User, *scopes: Scope, **fields: Any) -> tuple[ApiKey, str]:
    return create_key(user, name="test", scopes=scopes or list(Scope), **fields)


def make_invitation(team: Team, invited_by: User, *, token_hash: str = "", **fields: Any) -> Invitation:
    given = {
        "email": "newcomer@example.org",
        "role": Role.REVIEWER,
        "token_hash": token_hash or f"hash{next(_numbers)}",
        "expires_at": timezone.now() + timedelta(days=7),
    }
    return Invitation.objects.create(team=team, invited_by=invited_by, **{**given, **fields})


def make_wallet(user: User, *, address: str = "", **fields: Any) -> Wallet:
    is_first = not Wallet.objects.filter(user=user).exists()
    return Wallet.objects.create(
        user=user, address=address or Account.create().address, **{"is_payout": is_first, **fields}
    )


def add_totp(user: User) -> str:
    """An authenticator app; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


@dataclass
class Signer:
    """A browser's wallet, without the browser."""

    account: LocalAccount

    @property
    def address(self) -> str:
        return str(self.account.address)

    def sign(self, message: str) -> str:
        return "0x" + self.account.sign_message(encode_defunct(text=message)).signature.hex()


def make_signer() -> Signer:
    return Signer(Account.create())


def hash_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def make_bare_key(user: User) -> str:
    """The secret of a key that has no scope at all, which no verb would make."""
    secret = f"fg_bare{next(_numbers)}"
    ApiKey.objects.create(user=user, name="bare", prefix="fg_bare", secret_hash=hash_of(secret), scopes=[])
    return secret
