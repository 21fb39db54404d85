"""Teams, their members and invitations. The verbs decide again under the team's lock."""

from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access
from accounts.api import serializers as shapes
from accounts.api.me import caller
from accounts.domain import team as verbs
from accounts.models import Membership, Role, Scope, Team, User
from accounts.queries import audit_of, members_of, open_invitations
from lib.api.pagination import CursorPagination

READ_OR_CHANGE = {
    "GET": Scope.READ, "POST": Scope.ACCOUNT, "PATCH": Scope.ACCOUNT, "DELETE": Scope.ACCOUNT
}  # fmt: skip


class TeamsView(APIView):
    required_scope = READ_OR_CHANGE
    pagination_class = CursorPagination

    @extend_schema(responses=shapes.TeamSerializer(many=True), operation_id="teams")
    def get(self, request: Request) -> Response:
        return _page(self, request, _teams_of(caller(request)), shapes.TeamSerializer)

    @extend_schema(request=shapes.TeamSerializer, responses={201: shapes.TeamSerializer}, operation_id="create_team")
    def post(self, request: Request) -> Response:
        given = _checked(shapes.TeamSerializer(data=request.data))
        team = verbs.create_team(caller(request), name=given["name"])
        return _team(caller(request), team.pk, status=201)


class TeamView(APIView):
    required_scope = READ_OR_CHANGE

    @extend_schema(responses=shapes.TeamSerializer, operation_id="team")
    def get(self, request: Request, pk: UUID) -> Response:
        team = access.team_for(caller(request), pk)
        return _team(caller(request), team.pk)

    @extend_schema(request=shapes.TeamSerializer, responses=shapes.TeamSerializer, operation_id="rename_team")
    def patch(self, request: Request, pk: UUID) -> Response:
        team = access.team_for(caller(request), pk, roles=access.OWNERS)
        given = _checked(shapes.TeamSerializer(data=request.data))
        verbs.rename_team(team, name=given["name"], by=caller(request))
        return _team(caller(request), team.pk)


class MembersView(APIView):
    required_scope = READ_OR_CHANGE
    pagination_class = CursorPagination

    @extend_schema(responses=shapes.MemberSerializer(many=True), operation_id="members")
    def get(self, request: Request, pk: UUID) -> Response:
        return _page(self, request, members_of(access.team_for(caller(request), pk)), shapes.MemberSerializer)


class MemberView(APIView):
    """`person` is the id of the person. One's own membership is left by DELETE of `membership/`."""

    required_scope = READ_OR_CHANGE

    @extend_schema(request=shapes.MemberSerializer, responses=shapes.MemberSerializer, operation_id="change_role")
    def patch(self, request: Request, pk: UUID, person: UUID) -> Response:
        membership = access.membership_for(caller(request), pk, person)
        given = _checked(shapes.MemberSerializer(data=request.data))
        changed = verbs.change_role(membership, role=Role(given["role"]), by=caller(request))
        return Response(shapes.MemberSerializer(changed).data)

    @extend_schema(responses={204: None}, operation_id="remove_member")
    def delete(self, request: Request, pk: UUID, person: UUID) -> Response:
        verbs.remove_member(access.membership_for(caller(request), pk, person), by=caller(request))
        return Response(status=204)


class OwnMembershipView(APIView):
    required_scope = READ_OR_CHANGE

    @extend_schema(responses={204: None}, operation_id="leave_team")
    def delete(self, request: Request, pk: UUID) -> Response:
        verbs.leave_team(access.team_for(caller(request), pk), user=caller(request))
        return Response(status=204)


class InvitationsView(APIView):
    required_scope = READ_OR_CHANGE
    pagination_class = CursorPagination
    # The answer carries a link that lets its holder in.
    handles_idempotency = True

    @extend_schema(responses=shapes.InvitationSerializer(many=True), operation_id="invitations")
    def get(self, request: Request, pk: UUID) -> Response:
        team = access.team_for(caller(request), pk, roles=access.OWNERS)
        return _page(self, request, open_invitations(team), shapes.InvitationSerializer)

    @extend_schema(
        request=shapes.InvitationSerializer, responses={201: shapes.SentInvitationSerializer}, operation_id="invite"
    )
    def post(self, request: Request, pk: UUID) -> Response:
        team = access.team_for(caller(request), pk, roles=access.OWNERS)
        given = _checked(shapes.InvitationSerializer(data=request.data))
        invitation, address = verbs.invite_member(
            team, email=given["email"], role=Role(given["role"]), by=caller(request)
        )
        sent = shapes.SentInvitationSerializer({"invitation": invitation, "address": address})
        return Response(sent.data, status=201)


class InvitationView(APIView):
    required_scope = READ_OR_CHANGE

    @extend_schema(responses={204: None}, operation_id="revoke_invitation")
    def delete(self, request: Request, pk: UUID, invitation: UUID) -> Response:
        verbs.revoke_invitation(access.invitation_for(caller(request), pk, invitation), by=caller(request))
        return Response(status=204)


class AcceptView(APIView):
    required_scope = Scope.ACCOUNT

    @extend_schema(
        request=shapes.AcceptSerializer, responses={201: shapes.TeamSerializer}, operation_id="accept_invitation"
    )
    def post(self, request: Request) -> Response:
        given = _checked(shapes.AcceptSerializer(data=request.data))
        membership = verbs.accept_invitation(given["token"], user=caller(request))
        return _team(caller(request), membership.team_id, status=201)


class TeamAuditView(APIView):
    required_scope = Scope.READ
    pagination_class = CursorPagination

    @extend_schema(responses=shapes.AuditSerializer(many=True), operation_id="team_audit")
    def get(self, request: Request, pk: UUID) -> Response:
        team = access.team_for(caller(request), pk, roles=access.AUDITORS)
        return _page(self, request, audit_of(team), shapes.AuditSerializer)


def _teams_of(user: User) -> QuerySet[Team]:
    mine = Membership.objects.filter(team=OuterRef("pk"), user=user)
    return Team.objects.filter(memberships__user=user).annotate(role=Subquery(mine.values("role")))


def _team(user: User, pk: UUID, *, status: int = 200) -> Response:
    return Response(shapes.TeamSerializer(_teams_of(user).get(pk=pk)).data, status=status)


def _page(view: APIView, request: Request, rows: QuerySet[Any], serializer: Any) -> Response:
    pages = CursorPagination()
    page = pages.paginate_queryset(rows, request, view=view)
    return pages.get_paginated_response(serializer(page, many=True).data)


def _checked(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
