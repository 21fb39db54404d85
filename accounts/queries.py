"""Reads with joins, shared by views and verbs."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import ApiKey, AuditEntry, Invitation, Membership, Team, User, Wallet


def ways_to_sign_in(user: User) -> set[str]:
    """Of "password", "passkey", "wallet": those that work today."""
    ways: set[str] = set()
    if user.has_usable_password() and EmailAddress.objects.filter(user=user, verified=True).exists():
        ways.add("password")
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists():
        ways.add("passkey")
    if Wallet.objects.filter(user=user).exists():
        ways.add("wallet")
    return ways


def has_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(
        user=user, type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    ).exists()


def payout_wallet_of(user: User) -> Wallet | None:
    return Wallet.objects.filter(user=user, is_payout=True).first()


def memberships_of(user: User) -> QuerySet[Membership]:
    """A person's teams with his role in each."""
    return Membership.objects.filter(user=user).select_related("team").order_by("team__name", "team_id")


def members_of(team: Team) -> QuerySet[Membership]:
    return Membership.objects.filter(team=team).select_related("user")


def open_invitations(team: Team) -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        team=team, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    ).select_related("invited_by")


def live_keys_of(user: User) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), user=user, revoked_at=None)


def audit_of(team: Team) -> QuerySet[AuditEntry]:
    """What happened in a team, newest first."""
    return AuditEntry.objects.filter(team=team).select_related("actor")
