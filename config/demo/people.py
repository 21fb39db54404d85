"""The demo's people. They all have the same password, which is printed at every start."""

from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from accounts.models import Membership, Role, Team, User, Wallet

PASSWORD = "water finds its way"  # noqa: S105 - printed at every start of a demo, on purpose
TEAM = "Oasis Labs"


@dataclass(frozen=True)
class Person:
    name: str
    what: str
    role: Role | None = None
    has_wallet: bool = False
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def email(self) -> str:
        return f"{self.name}@foggara.example"


PEOPLE = (
    Person("client", "client, owner of Oasis Labs", Role.OWNER),
    Person("reviewer", "reviewer of Oasis Labs", Role.REVIEWER, has_wallet=True),
    Person("amina", "annotator, with a wallet", has_wallet=True, fields={"languages": ["en", "fr", "ar"]}),
    Person("kenji", "annotator, with a wallet", has_wallet=True, fields={"languages": ["en", "ja"], "locale": "ja"}),
    Person("lucie", "annotator, without a wallet yet", fields={"languages": ["en", "fr"], "locale": "fr"}),
    Person("tariq", "annotator", has_wallet=True, fields={"languages": ["en", "ar"]}),
    Person("quality", "quality admin", fields={"is_quality_admin": True}),
    Person("finance", "finance admin", fields={"is_finance_admin": True}),
    Person("admin", "superuser (/admin/)", fields={"is_staff": True, "is_superuser": True}),
)


def wallet_of(name: str) -> LocalAccount:
    """A key that anybody can compute: for a development chain, and for nothing else."""
    account: LocalAccount = Account.from_key(keccak(text=f"foggara demo wallet of {name}"))
    return account


def make_people() -> dict[str, User]:
    team, _is_new = Team.objects.get_or_create(name=TEAM)
    return {person.name: _make(person, team) for person in PEOPLE}


def _make(person: Person, team: Team) -> User:
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = User.objects.create_user(person.email, PASSWORD, display_name=person.name.capitalize(), **person.fields)
    EmailAddress.objects.get_or_create(user=user, email=person.email, defaults={"primary": True, "verified": True})
    if person.role:
        Membership.objects.get_or_create(team=team, user=user, defaults={"role": person.role})
    if person.has_wallet:
        Wallet.objects.get_or_create(address=wallet_of(person.name).address, defaults={"user": user, "is_payout": True})
    return user
