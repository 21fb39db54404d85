"""An annotator's own answers: every verdict with its reason, and the way of the money."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiKey, Scope
from annotation import access
from annotation.api.appeals import AppealShape
from annotation.api.comments import ThreadShape
from annotation.api.http import caller, page
from annotation.api.review_queue import EventShape
from annotation.api.shapes import OwnAnswerShape
from annotation.api.work_input import uuid_of
from annotation.api.work_shapes import AmountShape
from annotation.models import Answer
from annotation.queries import my_answers as queries
from annotation.queries.comments import threads_of
from annotation.queries.my_answers import OwnAnswer
from lib.api.pagination import CursorPagination
from rewards.models import Earning
from rewards.queries import AmountJson, amount_json


class PayoutOfAnswerShape(serializers.Serializer[Any]):
    """The payment that this answer's earning is part of."""

    id = serializers.IntegerField()
    state = serializers.CharField()
    lane = serializers.CharField()
    address = serializers.CharField()
    epoch = serializers.IntegerField(source="batch.epoch")
    batch = serializers.UUIDField(source="batch_id")
    transaction_hash = serializers.CharField(help_text="Empty until it is on chain.")


class SecondPayOfAnswerShape(serializers.Serializer[Any]):
    amount = serializers.SerializerMethodField()
    earning = serializers.IntegerField(source="pk")
    earned_at = serializers.DateTimeField(source="created_at")
    payout = PayoutOfAnswerShape(default=None)

    @extend_schema_field(AmountShape)
    def get_amount(self, earning: Earning) -> AmountJson:
        return amount_json(earning.escrow.token, int(earning.amount))


class PayShape(serializers.Serializer[Any]):
    """Task → verdict → amount → payout → transaction."""

    state = serializers.CharField(
        source="money_state",
        help_text="none, expected, kept, accepted (not posted yet), earned, frozen, claimable or paid",
    )
    amount = serializers.SerializerMethodField(help_text="What was earned; null while nothing is.")
    earning = serializers.IntegerField(source="earning.pk", default=None)
    earned_at = serializers.DateTimeField(source="earning.created_at", default=None)
    payout = PayoutOfAnswerShape(default=None)
    second = serializers.SerializerMethodField(help_text="The same of the second token; null where one is paid.")

    @extend_schema_field(AmountShape(allow_null=True))
    def get_amount(self, row: OwnAnswer) -> AmountJson | None:
        earning = row.earning
        return amount_json(earning.escrow.token, int(earning.amount)) if earning else None

    @extend_schema_field(SecondPayOfAnswerShape(allow_null=True))
    def get_second(self, row: OwnAnswer) -> Any:
        return SecondPayOfAnswerShape(row.second_earning).data if row.second_earning else None


class OwnAnswerDetailShape(serializers.Serializer[Any]):
    answer = OwnAnswerShape()
    project_title = serializers.CharField(source="answer.project.title")
    data: Any = serializers.SerializerMethodField(help_text="What was shown.")
    media = serializers.UUIDField(source="answer.item.media_id", allow_null=True)
    history = serializers.SerializerMethodField()
    has_lapsed = serializers.BooleanField(help_text="Returned, and not done again in time.")
    threads = serializers.SerializerMethodField(help_text="What was said on its places when it was returned.")
    appeal = AppealShape(allow_null=True, help_text="Of a rejected answer: how far an objection is, with its clock.")
    pay = serializers.SerializerMethodField(help_text="Null for a key without the scope money.")

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_data(self, row: OwnAnswer) -> dict[str, Any]:
        return queries.shown_data(row.answer)

    @extend_schema_field(ThreadShape(many=True))
    def get_threads(self, row: OwnAnswer) -> Any:
        return ThreadShape(threads_of([row.answer], row.answer.user)[row.answer.pk], many=True).data

    @extend_schema_field(EventShape(many=True))
    def get_history(self, row: OwnAnswer) -> Any:
        return EventShape(queries.history(row.answer), many=True).data

    @extend_schema_field(PayShape(allow_null=True))
    def get_pay(self, row: OwnAnswer) -> Any:
        return PayShape(row).data if self.context["with_money"] else None


class OwnAnswersView(APIView):
    required_scope = Scope.READ
    pagination_class = CursorPagination

    @extend_schema(
        responses=OwnAnswerShape(many=True),
        parameters=[
            OpenApiParameter("state", OpenApiTypes.STR, enum=Answer.State.values),
            OpenApiParameter("project", OpenApiTypes.UUID),
        ],
        operation_id="my_answers",
    )
    def get(self, request: Request) -> Response:
        given = request.query_params
        project = uuid_of(given["project"], "project") if given.get("project") else None
        rows = queries.own_answers(caller(request), state=given.get("state", ""), project=project)
        return page(self, request, rows, OwnAnswerShape)


class OwnAnswerView(APIView):
    """One answer with what was shown, every verdict on it, and the way of its pay to the transaction."""

    required_scope = Scope.READ

    @extend_schema(responses=OwnAnswerDetailShape, operation_id="my_answer")
    def get(self, request: Request, pk: UUID) -> Response:
        (row,) = queries.with_outcomes([access.own_answer(caller(request), pk)])
        with_money = not isinstance(request.auth, ApiKey) or Scope.MONEY in request.auth.scopes
        return Response(OwnAnswerDetailShape(row, context={"with_money": with_money}).data)
