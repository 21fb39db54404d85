"""Judging answers."""

from functools import partial
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import access
from annotation.api.http import REVIEWS, caller, checked, page
from annotation.api.shapes import AnswerToReviewShape, DecisionShape, VerdictShape
from annotation.domain import verdict as verbs
from annotation.domain.comments import Remark
from annotation.domain.insider import remember_insider
from annotation.models import Answer, Verdict
from annotation.queries.export import pseudonym
from lib.api.pagination import CursorPagination


class AnswersView(APIView):
    """The answers of a project under pseudonyms; one's own and those of people one shares a team with are left out."""

    required_scope = REVIEWS
    pagination_class = CursorPagination

    @extend_schema(
        responses=AnswerToReviewShape(many=True),
        parameters=[OpenApiParameter("state", OpenApiTypes.STR, enum=Answer.State.values)],
        operation_id="answers",
    )
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.REVIEW)
        remember_insider(caller(request), project)
        rows = access.answers_to_review(caller(request), project).select_related("item").prefetch_related("verdicts")
        if request.query_params.get("state"):
            rows = rows.filter(state=request.query_params["state"])
        context = {"pseudonym": partial(pseudonym, project.team_id)}
        return page(self, request, rows, AnswerToReviewShape, context=context)


class VerdictView(APIView):
    """Accept, reject or return one answer. A rejection or return needs `reason` and `evidence`; for a return,
    `comments` will do as evidence."""

    required_scope = REVIEWS

    @extend_schema(request=DecisionShape, responses={201: VerdictShape}, operation_id="decide")
    def post(self, request: Request, pk: UUID) -> Response:
        answer = access.answer_to_review(caller(request), pk)
        given = checked(DecisionShape(data=request.data))
        verdict = verbs.decide(
            answer,
            actor=caller(request),
            decision=Verdict.Decision(given["decision"]),
            reason=given.get("reason", ""),
            evidence=given.get("evidence", ""),
            revision=given.get("revision"),
            remarks=[Remark(each["region"], each["text"]) for each in given["comments"]],
        )
        return Response(VerdictShape(verdict).data, status=201)


class AcceptanceView(APIView):
    """The client accepts everything that waits for a verdict. Reviewers cannot: it decides about the money."""

    required_scope = REVIEWS

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT, operation_id="accept_pending")
    def post(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        return Response({"accepted": verbs.accept_pending(project, actor=caller(request))})


class AgreementView(APIView):
    """Accept every waiting answer to an item that says what its consensus says."""

    required_scope = REVIEWS

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT, operation_id="accept_agreeing")
    def post(self, request: Request, pk: UUID, item: int) -> Response:
        project = access.project_for(caller(request), pk, roles=access.REVIEW)
        found = access.item_to_review(caller(request), project, item)
        return Response({"accepted": verbs.accept_agreeing(found, actor=caller(request))})
