"""Who may reach what in this app. Absent and forbidden look alike: a 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import ApiKey, Invitation, Membership, Role, Team, User, Wallet

EVERY_ROLE = frozenset({Role.OWNER, Role.MANAGER, Role.REVIEWER, Role.VIEWER})
OWNERS = frozenset({Role.OWNER})
AUDITORS = frozenset({Role.OWNER, Role.MANAGER})

P = ParamSpec("P")
View = Callable[Concatenate[Any, P], HttpResponse]


class SecondFactorNeeded(PermissionDenied):
    """Staff without a second factor in this session. StaffSecondFactorMiddleware shows the way."""


def team_for(user: User, pk: UUID | str, *, roles: frozenset[Role] = EVERY_ROLE) -> Team:
    """The team, if this person has one of these roles in it."""
    return get_object_or_404(Team, pk=pk, memberships__user=user, memberships__role__in=roles)


def role_in(user: User, team: Team) -> Role | None:
    membership = Membership.objects.filter(user=user, team=team).first()
    return Role(membership.role) if membership else None


def membership_for(user: User, team_pk: UUID | str, person: UUID | str) -> Membership:
    """The membership of a person (by public id) in a team that this person owns."""
    team = team_for(user, team_pk, roles=OWNERS)
    return get_object_or_404(Membership.objects.select_related("user", "team"), team=team, user__public_id=person)


def invitation_for(user: User, team_pk: UUID | str, pk: UUID | str) -> Invitation:
    team = team_for(user, team_pk, roles=OWNERS)
    return get_object_or_404(Invitation.objects.select_related("team"), team=team, pk=pk)


def wallet_for(user: User, pk: UUID | str) -> Wallet:
    return get_object_or_404(Wallet, user=user, pk=pk)


def key_for(user: User, pk: UUID | str) -> ApiKey:
    return get_object_or_404(ApiKey, user=user, pk=pk)


def is_staff_of_any_kind(user: Any) -> bool:
    return bool(
        user.is_authenticated and (user.is_staff or user.is_superuser or user.is_quality_admin or user.is_finance_admin)
    )


def used_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened with a second factor or a passkey."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def lacks_second_factor(request: HttpRequest) -> bool:
    return settings.STAFF_NEEDS_SECOND_FACTOR and not used_second_factor(request)


def _staff_page(may_enter: Callable[[User], bool]) -> Callable[[View[P]], View[P]]:
    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not isinstance(request.user, User) or not may_enter(request.user):
                raise Http404
            if lacks_second_factor(request):
                raise SecondFactorNeeded(_("This page needs a second factor."))
            return view(request, *args, **kwargs)

        return guarded

    return decorate


finance_admin_page = _staff_page(lambda user: user.is_finance_admin)
quality_admin_page = _staff_page(lambda user: user.is_quality_admin)
