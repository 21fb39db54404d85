"""The ways a row of this app is locked. Order across models: team → user → wallet → challenge.

People are locked FOR NO KEY UPDATE: a plain FOR UPDATE would make every insert that points at them wait.
"""

from uuid import UUID

from django.db import transaction

from accounts.models import ApiKey, Invitation, Membership, Team, User, WalletChallenge


def lock_team(pk: UUID) -> Team:
    _inside_transaction()
    return Team.objects.select_for_update(no_key=True).get(pk=pk)


def lock_memberships(team: Team) -> dict[int, Membership]:
    """All members of a locked team by their user id."""
    rows = Membership.objects.select_for_update(of=("self",)).filter(team=team).select_related("user").order_by("pk")
    return {row.user_id: row for row in rows}


def lock_user(pk: int) -> User:
    _inside_transaction()
    return User.objects.select_for_update(no_key=True).get(pk=pk)


def lock_challenge(nonce: str) -> WalletChallenge | None:
    _inside_transaction()
    return WalletChallenge.objects.select_for_update().filter(pk=nonce).first()


def lock_invitation(pk: UUID) -> Invitation:
    _inside_transaction()
    return Invitation.objects.select_for_update(of=("self",)).select_related("team").get(pk=pk)


def lock_key(pk: UUID) -> ApiKey:
    _inside_transaction()
    return ApiKey.objects.select_for_update(of=("self",)).select_related("user").get(pk=pk)


def _inside_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A lock outside a transaction is given back at once.")
