"""Projects: their draft, interface, quote, money and life."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access as teams
from annotation import access
from annotation.api.http import PROJECTS, caller, checked, page
from annotation.api.shapes import (
    FundingShape,
    ProjectChangesShape,
    ProjectShape,
    ReasonShape,
    SchemaShape,
)
from annotation.domain import project as verbs
from annotation.domain.parts import PartOfPay, refused_of, second_of
from annotation.domain.project import quote_parts
from annotation.domain.second_pay import request_whole_funding
from annotation.models import Project
from annotation.queries.project import progress_of
from lib.api.pagination import CursorPagination
from rewards.domain.escrows import Call, funding_calls
from rewards.domain.permits import may_have_permit
from rewards.domain.refused_funds import RefusedFunds
from rewards.models import Escrow
from rewards.queries import amount_json, escrow_statement


class ProjectsView(APIView):
    required_scope = PROJECTS
    pagination_class = CursorPagination

    @extend_schema(responses=ProjectShape(many=True), operation_id="projects")
    def get(self, request: Request) -> Response:
        rows = access.projects_for(caller(request)).select_related("schema_version")
        return page(self, request, rows, ProjectShape)

    @extend_schema(request=ProjectShape, responses={201: ProjectShape}, operation_id="create_project")
    def post(self, request: Request) -> Response:
        given = checked(ProjectShape(data=request.data))
        team = teams.team_for(caller(request), given.pop("team").pk, roles=access.MANAGE)
        with transaction.atomic():
            project = verbs.create_project(
                team, actor=caller(request), title=given.pop("title"), description=given.pop("description", "")
            )
            if given:
                project = verbs.update_project(project, actor=caller(request), **given)
        return Response(ProjectShape(project).data, status=201)


class ProjectView(APIView):
    required_scope = PROJECTS

    @extend_schema(responses=ProjectShape, operation_id="project")
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(ProjectShape(access.project_for(caller(request), pk)).data)

    @extend_schema(request=ProjectChangesShape, responses=ProjectShape, operation_id="change_project")
    def patch(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        given = checked(ProjectChangesShape(project, data=request.data, partial=True))
        return Response(ProjectShape(verbs.update_project(project, actor=caller(request), **given)).data)


class ProgressView(APIView):
    required_scope = PROJECTS

    @extend_schema(responses=OpenApiTypes.OBJECT, operation_id="project_progress")
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(progress_of(access.project_for(caller(request), pk)).as_json())


class SchemaView(APIView):
    """The labelling interface. PUT makes a new version as soon as the last one is frozen."""

    required_scope = PROJECTS

    @extend_schema(responses=SchemaShape, operation_id="interface")
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk)
        return Response(SchemaShape(project.schema_version).data if project.schema_version else {"schema": None})

    @extend_schema(request=SchemaShape, responses=SchemaShape, operation_id="set_interface")
    def put(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        given = checked(SchemaShape(data=request.data))
        version = verbs.set_schema(project, actor=caller(request), schema=given["schema"])
        return Response(SchemaShape(version).data)


class QuoteView(APIView):
    """What the project costs at most, line by line, and what is still missing before it can be funded."""

    required_scope = PROJECTS

    @extend_schema(responses=OpenApiTypes.OBJECT, operation_id="quote")
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk)
        return Response(
            {
                "quote": quote_json(project),
                "missing": [{"field": m.path, "message": m.message} for m in verbs.missing_for_funding(project)],
            }
        )


class FundingView(APIView):
    """POST fixes the quote for a funder's wallet; the answer holds the transactions for that wallet to send.

    `refused` is money that was locked otherwise than quoted: whose it is, why it does not count, and the call that
    brings it nearer to its client. Only who manages the project is told. Where the project pays in two tokens, `second`
    says the same of the second one's escrow, which the same wallet funds with the same quote.
    """

    required_scope = PROJECTS

    @extend_schema(responses=OpenApiTypes.OBJECT, operation_id="funding")
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(_funding(request, access.project_for(caller(request), pk)))

    @extend_schema(request=FundingShape, responses=OpenApiTypes.OBJECT, operation_id="request_funding")
    def post(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        given = checked(FundingShape(data=request.data))
        request_whole_funding(project, actor=caller(request), funder_address=given["funder_address"])
        return Response(_funding(request, access.project_for(caller(request), pk)), status=201)


class _TransitionView(APIView):
    required_scope = PROJECTS

    def project(self, request: Request, pk: UUID) -> Project:
        return access.project_for(caller(request), pk, roles=access.MANAGE)


class OpeningView(_TransitionView):
    @extend_schema(request=None, responses=ProjectShape, operation_id="open_project")
    def post(self, request: Request, pk: UUID) -> Response:
        return Response(ProjectShape(verbs.open_project(self.project(request, pk), actor=caller(request))).data)


class PauseView(_TransitionView):
    @extend_schema(request=ReasonShape, responses=ProjectShape, operation_id="pause_project")
    def post(self, request: Request, pk: UUID) -> Response:
        reason = checked(ReasonShape(data=request.data))["reason"]
        paused = verbs.pause_project(self.project(request, pk), actor=caller(request), reason=reason)
        return Response(ProjectShape(paused).data)

    @extend_schema(responses=ProjectShape, operation_id="resume_project")
    def delete(self, request: Request, pk: UUID) -> Response:
        return Response(ProjectShape(verbs.resume_project(self.project(request, pk), actor=caller(request))).data)


class ClosureView(_TransitionView):
    @extend_schema(request=ReasonShape, responses=ProjectShape, operation_id="close_project")
    def post(self, request: Request, pk: UUID) -> Response:
        reason = checked(ReasonShape(data=request.data))["reason"]
        closed = verbs.close_project(self.project(request, pk), actor=caller(request), reason=reason)
        return Response(ProjectShape(closed).data)


def _funding(request: Request, project: Project) -> dict[str, Any]:
    refused = refused_of(project) if access.can_manage(caller(request), project) else []
    return funding_json(project) | {"refused": [refused_json(funds, call) for funds, call in refused]}


def refused_json(funds: RefusedFunds, call: Call | None) -> dict[str, Any]:
    """`amount` is null for a token that we do not know; `amount_minor` and its address are there all the same."""
    return {
        "key": funds.key,
        "reason": funds.reason,
        "amount": amount_json(funds.token, funds.amount_minor) if funds.token else None,
        "amount_minor": str(funds.amount_minor),
        "token_address": funds.token_address,
        "client": funds.client,
        "closing_at": funds.closing_at,
        "refund_transaction": funds.refund_transaction,
        "next_call": call,
    }


def quote_json(project: Project) -> dict[str, Any] | None:
    """`second` is the same for the second token that the project pays in, and null where it pays in one. `least` is
    what a project that collects until it is sure costs if all agree at once, and null where every item gets all."""
    found = quote_parts(project, second_of(project))
    return _quote_json(found[0]) | {"second": _quote_json(found[1]) if len(found) > 1 else None} if found else None


def _quote_json(part: PartOfPay) -> dict[str, Any]:
    price, token = part.quote, part.token
    return {
        "items": price.items,
        "gold_items": price.gold_items,
        "answers": price.answers,
        "answers_amount": amount_json(token, price.answers_minor),
        "reviews": price.reviews,
        "reviews_amount": amount_json(token, price.reviews_minor),
        "exams": price.exams,
        "exams_amount": amount_json(token, price.exams_minor),
        "fee_bps": price.fee_bps,
        "fee_amount": amount_json(token, price.fee_minor),
        "total": amount_json(token, price.total_minor),
        "least": {"answers": part.least.answers, "total": amount_json(token, part.least.total_minor)}
        if part.least
        else None,
    }


def funding_json(project: Project) -> dict[str, Any]:
    second = second_of(project)
    return _escrow_json(project.escrow) | {
        "project_state": project.state,
        "quote": quote_json(project),
        "second": _escrow_json(second.escrow) if second else None,
    }


def _escrow_json(escrow: Escrow | None) -> dict[str, Any]:
    if escrow is None:
        return {"state": "not_requested", "calls": []}
    statement = escrow_statement(escrow)
    return {
        "state": escrow.state,
        "escrow": str(escrow.pk),
        "funder_address": escrow.funder_address,
        "chain_id": escrow.token.chain.chain_id,
        "required": amount_json(escrow.token, escrow.required),
        "deposited": amount_json(escrow.token, statement.deposited),
        "calls": funding_calls(escrow),
        # Where one signature does instead of the first call.
        "permit_url": reverse("api-escrow-permit", args=[escrow.pk]) if may_have_permit(escrow) else None,
    }
