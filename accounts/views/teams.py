"""Pages of teams. The verbs decide again under the team's lock."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access
from accounts.domain import team as verbs
from accounts.exceptions import AccountsError
from accounts.forms import InviteForm, RoleForm, TeamForm
from accounts.models import Role, Team
from accounts.queries import audit_of, members_of, memberships_of, open_invitations
from accounts.views.http import PersonRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def team_list(request: PersonRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            team = verbs.create_team(request.user, name=form.cleaned_data["name"])
            return redirect("team-detail", team.pk)
        except AccountsError as refusal:
            form.add_error(refusal.field, refusal.message)
    return render(request, "accounts/team_list.html", {"memberships": memberships_of(request.user), "form": form})


@login_required
@require_safe
def team_detail(request: PersonRequest, pk: UUID) -> HttpResponse:
    team = access.team_for(request.user, pk)
    return _detail(request, team, InviteForm())


def _detail(
    request: PersonRequest, team: Team, form: InviteForm, *, address: str = "", status: int = 200
) -> HttpResponse:
    role = access.role_in(request.user, team)
    members = Paginator(members_of(team), 50).get_page(request.GET.get("page"))
    context = {
        "team": team,
        "role": role,
        "is_owner": role == Role.OWNER,
        "may_audit": role in access.AUDITORS,
        "members": members,
        "roles": Role.choices,
        "invitations": open_invitations(team) if role == Role.OWNER else [],
        "form": form,
        "invitation_address": address,
    }
    return render(request, "accounts/team_detail.html", context, status=status)


@login_required
@require_POST
def rename_team(request: PersonRequest, pk: UUID) -> HttpResponse:
    team = access.team_for(request.user, pk, roles=access.OWNERS)
    form = TeamForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("A team needs a name of at most 80 letters."))
        return redirect("team-detail", team.pk)
    try:
        verbs.rename_team(team, name=form.cleaned_data["name"], by=request.user)
        messages.success(request, _("The team has its new name."))
    except AccountsError as refusal:
        messages.error(request, refusal.message)
    return redirect("team-detail", team.pk)


@never_cache
@login_required
@require_POST
def invite(request: PersonRequest, pk: UUID) -> HttpResponse:
    team = access.team_for(request.user, pk, roles=access.OWNERS)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _detail(request, team, form)
    try:
        _invitation, address = verbs.invite_member(
            team, email=form.cleaned_data["email"], role=Role(form.cleaned_data["role"]), by=request.user
        )
    except AccountsError as refusal:
        form.add_error(refusal.field, refusal.message)
        return _detail(request, team, form)
    # The link is shown with this answer alone, as a key's secret is.
    return _detail(request, team, InviteForm(), address=address)


@login_required
@require_POST
def revoke_invitation(request: PersonRequest, pk: UUID, invitation: UUID) -> HttpResponse:
    found = access.invitation_for(request.user, pk, invitation)
    try:
        verbs.revoke_invitation(found, by=request.user)
        messages.success(request, _("The invitation is revoked."))
    except AccountsError as refusal:
        messages.error(request, refusal.message)
    return redirect("team-detail", pk)


@login_required
@require_POST
def change_role(request: PersonRequest, pk: UUID, person: UUID) -> HttpResponse:
    membership = access.membership_for(request.user, pk, person)
    form = RoleForm(request.POST)
    try:
        if not form.is_valid():
            raise AccountsError(_("There is no such role."))
        verbs.change_role(membership, role=Role(form.cleaned_data["role"]), by=request.user)
        messages.success(request, _("The role is changed."))
    except AccountsError as refusal:
        messages.error(request, refusal.message)
    return redirect("team-detail", pk) if access.role_in(request.user, membership.team) else redirect("team-list")


@login_required
@require_POST
def remove_member(request: PersonRequest, pk: UUID, person: UUID) -> HttpResponse:
    membership = access.membership_for(request.user, pk, person)
    try:
        verbs.remove_member(membership, by=request.user)
        messages.success(request, _("The person is no longer a member."))
    except AccountsError as refusal:
        messages.error(request, refusal.message)
    return redirect("team-detail", pk) if access.role_in(request.user, membership.team) else redirect("team-list")


@login_required
@require_POST
def leave_team(request: PersonRequest, pk: UUID) -> HttpResponse:
    team = access.team_for(request.user, pk)
    try:
        verbs.leave_team(team, user=request.user)
        messages.success(request, _("You have left the team."))
    except AccountsError as refusal:
        messages.error(request, refusal.message)
        return redirect("team-detail", pk)
    return redirect("team-list")


@login_required
@require_safe
def team_audit(request: PersonRequest, pk: UUID) -> HttpResponse:
    team = access.team_for(request.user, pk, roles=access.AUDITORS)
    entries = Paginator(audit_of(team), 50).get_page(request.GET.get("page"))
    return render(request, "accounts/team_audit.html", {"team": team, "entries": entries})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever holds the link sees which team asks; a stranger is led to sign up and back here."""
    found = verbs.find_invitation(token)
    if found is None:
        return render(request, "accounts/invitation_gone.html", status=404)
    if request.method != "POST" or not request.user.is_authenticated:
        return render(request, "accounts/invitation.html", {"invitation": found})
    try:
        membership = verbs.accept_invitation(token, user=request.user)
    except AccountsError as refusal:
        messages.error(request, refusal.message)
        return redirect("team-list")
    messages.success(request, _("Welcome to the team."))
    return redirect("team-detail", membership.team_id)
