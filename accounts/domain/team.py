"""Teams: found, rename, invite, join, change roles, part. A team is never without an owner."""

import secrets
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import audit, locks
from accounts.domain.notice import send_after_commit
from accounts.exceptions import AccountsError
from accounts.models import Invitation, Membership, Role, Team, User
from accounts.queries import open_invitations

INVITATION_DAYS = 7
OPEN_INVITATIONS_LIMIT = 100
# Letters to addresses that never asked for them, with a name of the sender's choice: few are enough for a team.
INVITATIONS_AN_HOUR = 30


@transaction.atomic
def create_team(owner: User, *, name: str) -> Team:
    team = Team.objects.create(name=_clean_name(name))
    Membership.objects.create(team=team, user=owner, role=Role.OWNER)
    _record("team.created", team, by=owner, changes={"name": team.name})
    return team


@transaction.atomic
def rename_team(team: Team, *, name: str, by: User) -> Team:
    locked = locks.lock_team(team.pk)
    _require_owner(locked, by)
    before, locked.name = locked.name, _clean_name(name)
    locked.save(update_fields=["name"])
    _record("team.renamed", locked, by=by, changes={"name": [before, locked.name]})
    return locked


@transaction.atomic
def invite_member(team: Team, *, email: str, role: Role, by: User) -> tuple[Invitation, str]:
    """An invitation and its address, which is mailed and can be shown this once: only a hash is kept."""
    locked = locks.lock_team(team.pk)
    members = _require_owner(locked, by)
    email = email.strip().lower()
    if any(member.user.email == email for member in members.values()):
        raise AccountsError(_("This person is a member already."), code="already_member", field="email")
    if open_invitations(locked).count() >= OPEN_INVITATIONS_LIMIT:
        raise AccountsError(_("Too many invitations are open. Revoke some first."), code="too_many_invitations")
    an_hour_ago = timezone.now() - timedelta(hours=1)
    if Invitation.objects.filter(invited_by=by, created_at__gte=an_hour_ago).count() >= INVITATIONS_AN_HOUR:
        message = _("That is enough invitations for now: send the next ones in an hour.")
        raise AccountsError(message, code="too_many_invitations", status=429)
    # A new letter replaces the old one, so that one address never has two live links.
    open_invitations(locked).filter(email=email).update(revoked_at=timezone.now())
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        team=locked,
        email=email,
        role=role,
        token_hash=_hash(token),
        invited_by=by,
        expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
    )
    _record("invitation.sent", locked, by=by, changes={"email": email, "role": str(role)})
    address = settings.SITE_URL + reverse("invitation", args=[token])
    context = {"team": locked.name, "by": str(by), "role": invitation.get_role_display(), "url": address,
               "days": INVITATION_DAYS}  # fmt: skip
    send_after_commit(email, "invitation", context)
    return invitation, address


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, by: User) -> None:
    team = locks.lock_team(invitation.team_id)
    _require_owner(team, by)
    locked = locks.lock_invitation(invitation.pk)
    if locked.accepted_at is not None:
        raise AccountsError(_("This invitation was accepted already."), code="already_accepted")
    if locked.revoked_at is None:
        Invitation.objects.filter(pk=locked.pk).update(revoked_at=timezone.now())
        _record("invitation.revoked", team, by=by, changes={"email": locked.email})


def find_invitation(token: str) -> Invitation | None:
    """The invitation that this link opens, while it can still be accepted."""
    return (
        Invitation.objects.select_related("team", "invited_by")
        .filter(token_hash=_hash(token), accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
        .first()
    )


@transaction.atomic
def accept_invitation(token: str, *, user: User) -> Membership:
    """Join. Whoever holds the link may: it was sent to one address, and it works once."""
    found = find_invitation(token)
    if found is None:
        raise AccountsError(
            _("This invitation is used, revoked or expired. Ask for a new one."), code="invitation_gone"
        )
    team = locks.lock_team(found.team_id)
    invitation = locks.lock_invitation(found.pk)
    if invitation.accepted_at or invitation.revoked_at or invitation.expires_at <= timezone.now():
        raise AccountsError(
            _("This invitation is used, revoked or expired. Ask for a new one."), code="invitation_gone"
        )
    existing = Membership.objects.filter(team=team, user=user).first()
    if existing is not None:
        raise AccountsError(_("You are a member of this team already."), code="already_member")
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=timezone.now())
    membership = Membership.objects.create(team=team, user=user, role=invitation.role)
    _record("member.joined", team, by=user, changes={"role": invitation.role, "invited": invitation.email})
    return membership


@transaction.atomic
def change_role(membership: Membership, *, role: Role, by: User) -> Membership:
    team = locks.lock_team(membership.team_id)
    members = _require_owner(team, by)
    current = _still_member(members, membership.user_id)
    if current.role == Role.OWNER and role != Role.OWNER:
        _require_another_owner(members, current)
    before, current.role = current.role, role
    if before != role:
        current.save(update_fields=["role"])
        _record("member.role_changed", team, by=by,
                changes={"member": str(current.user.public_id), "role": [before, str(role)]})  # fmt: skip
    return current


@transaction.atomic
def remove_member(membership: Membership, *, by: User) -> None:
    team = locks.lock_team(membership.team_id)
    members = _require_owner(team, by)
    _part(team, members, _still_member(members, membership.user_id), by=by, action="member.removed")


@transaction.atomic
def leave_team(team: Team, *, user: User) -> None:
    locked = locks.lock_team(team.pk)
    members = locks.lock_memberships(locked)
    _part(locked, members, _still_member(members, user.pk), by=user, action="member.left")


def _part(team: Team, members: dict[int, Membership], member: Membership, *, by: User, action: str) -> None:
    if member.role == Role.OWNER:
        _require_another_owner(members, member)
    member.delete()
    _record(action, team, by=by, changes={"member": str(member.user.public_id), "role": member.role})


def _require_owner(team: Team, by: User) -> dict[int, Membership]:
    """Decided under the team's lock: an owner demoted a moment ago decides nothing."""
    members = locks.lock_memberships(team)
    mine = members.get(by.pk)
    if mine is None or mine.role != Role.OWNER:
        raise AccountsError(_("Only an owner of the team may do this."), code="not_owner", status=403)
    return members


def _require_another_owner(members: dict[int, Membership], member: Membership) -> None:
    if not any(other.role == Role.OWNER and other.pk != member.pk for other in members.values()):
        raise AccountsError(_("A team needs an owner. Make somebody else an owner first."), code="last_owner")


def _still_member(members: dict[int, Membership], user_id: int) -> Membership:
    if user_id not in members:
        raise AccountsError(_("This person is no longer a member."), code="gone")
    return members[user_id]


def _clean_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise AccountsError(_("Give the team a name."), code="invalid", field="name", status=422)
    return cleaned


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _record(action: str, team: Team, *, by: User, changes: dict[str, object]) -> None:
    audit.record(action, actor=by, object_kind="team", object_id=team.pk, team=team, changes=changes)
