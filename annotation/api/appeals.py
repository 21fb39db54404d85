"""Appeals against rejections: the author's, the client's answer, the quality admin's word, and held rejections."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from annotation import access
from annotation.api.http import REVIEWS, caller, checked
from annotation.api.quality import QualityView
from annotation.api.review_queue import EventShape
from annotation.domain.appeals import answer_appeal, object_to
from annotation.domain.insider import remember_insider
from annotation.domain.rejection_holds import carry_out_decided, end_hold
from annotation.models import Appeal, RejectionHold, Verdict
from annotation.queries import appeals as queries
from annotation.queries.review_item import history_of_answer
from lib.api.pagination import OffsetPagination

ANSWERS = (("upheld", "The rejection stands"), ("overturned", "The answer is paid"))


class AppealShape(serializers.ModelSerializer[Appeal]):
    """A rejection that is not final yet, or what became of it. `due_at`: whoever is silent until then has lost."""

    answer = serializers.UUIDField(source="answer_id", read_only=True)
    reason = serializers.CharField(source="verdict.reason", read_only=True)
    evidence = serializers.CharField(source="verdict.evidence", read_only=True)
    is_live = serializers.BooleanField(read_only=True)

    class Meta:
        model = Appeal
        fields = (
            "answer", "project", "state", "is_live", "due_at", "period_seconds", "reason", "evidence", "created_at",
            "ended_at",
        )  # fmt: skip
        read_only_fields = fields


class AppealDetailShape(AppealShape):
    """With the task, the answer and all that was said, under no names."""

    data: Any = serializers.JSONField(source="answer.item.data", read_only=True)
    value = serializers.JSONField(source="answer.value", read_only=True)
    history = serializers.SerializerMethodField()

    class Meta(AppealShape.Meta):
        fields: Any = (*AppealShape.Meta.fields, "data", "value", "history")
        read_only_fields = fields

    @extend_schema_field(EventShape(many=True))
    def get_history(self, appeal: Appeal) -> Any:
        return EventShape(history_of_answer(appeal.answer), many=True).data


class ObjectionShape(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000, help_text="Why the rejection is wrong: ten characters or more.")
    field = serializers.CharField(
        max_length=120, required=False, default="", allow_blank=True, help_text="The question it is about."
    )


class AppealAnswerShape(serializers.Serializer[Any]):
    """To uphold takes a reason and evidence, as a rejection does."""

    decision = serializers.ChoiceField(choices=ANSWERS)
    reason = serializers.ChoiceField(choices=Verdict.Reason.choices, required=False, allow_blank=True, default="")
    text = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)


class HoldShape(serializers.ModelSerializer[RejectionHold]):
    team_name = serializers.CharField(source="team.name", read_only=True)
    held = serializers.SerializerMethodField(help_text="Rejections that wait for the decision.")

    class Meta:
        model = RejectionHold
        fields = (
            "id", "team", "team_name", "rejected", "judged", "rejected_before", "judged_before", "held", "outcome",
            "reason", "began_at", "decided_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_held(self, hold: RejectionHold) -> int:
        return int(hold.appeals.filter(state=Appeal.State.HELD).count())


class HoldDecisionShape(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=RejectionHold.Outcome.choices)
    reason = serializers.CharField(max_length=2000, help_text="Ten characters or more.")


class ObjectionView(APIView):
    """Appeal against a rejection of one's own answer; when the client has upheld it, ask a quality admin. Each once."""

    required_scope = Scope.WORK

    @extend_schema(request=ObjectionShape, responses={201: AppealShape}, operation_id="appeal")
    def post(self, request: Request, pk: UUID) -> Response:
        answer = access.own_answer(caller(request), pk)
        given = checked(ObjectionShape(data=request.data))
        return Response(AppealShape(object_to(answer, actor=caller(request), **given)).data, status=201)


class AppealsView(APIView):
    """Appeals that somebody of the caller's teams has to answer, the first deadline first."""

    required_scope = REVIEWS
    pagination_class = OffsetPagination

    @extend_schema(responses=AppealShape(many=True), operation_id="appeals")
    def get(self, request: Request) -> Response:
        pages = OffsetPagination()
        found = pages.paginate_queryset(queries.appeals_to_answer(caller(request)), request)
        return pages.get_paginated_response(AppealShape(found, many=True).data)


class AppealView(APIView):
    """One appeal, for who may review its project."""

    required_scope = REVIEWS

    @extend_schema(responses=AppealDetailShape, operation_id="appeal_detail")
    def get(self, request: Request, pk: UUID) -> Response:
        appeal = access.appeal_for(caller(request), pk)
        remember_insider(caller(request), appeal.project)
        return Response(AppealDetailShape(appeal).data)


class AppealAnswerView(APIView):
    """Uphold the rejection or give in: somebody of the client's, then a quality admin. Never who rejected."""

    required_scope = REVIEWS

    @extend_schema(request=AppealAnswerShape, responses={201: AppealShape}, operation_id="answer_appeal")
    def post(self, request: Request, pk: UUID) -> Response:
        appeal = access.appeal_for(caller(request), pk)
        given = checked(AppealAnswerShape(data=request.data))
        upholds = given["decision"] == "upheld"
        ended = answer_appeal(
            appeal.answer, actor=caller(request), upholds=upholds, reason=given["reason"], text=given["text"]
        )
        return Response(AppealShape(ended).data, status=201)


class QualityAppealsView(QualityView):
    """Appeals that wait for a quality admin's last word, the first deadline first."""

    @extend_schema(responses=AppealShape(many=True), operation_id="quality_appeals")
    def get(self, request: Request) -> Response:
        pages = OffsetPagination()
        found = pages.paginate_queryset(queries.appeals_to_judge(caller(request)), request)
        return pages.get_paginated_response(AppealShape(found, many=True).data)


class RejectionHoldsView(QualityView):
    """Clients whose rejections are held, because they reject far more than before."""

    @extend_schema(responses=HoldShape(many=True), operation_id="rejection_holds")
    def get(self, request: Request) -> Response:
        pages = OffsetPagination()
        found = pages.paginate_queryset(queries.live_holds(), request)
        return pages.get_paginated_response(HoldShape(found, many=True).data)


class HoldDecisionView(QualityView):
    """Release the held rejections, so that their clocks begin, or void them, so that their answers are paid."""

    @extend_schema(request=HoldDecisionShape, responses={201: HoldShape}, operation_id="decide_rejection_hold")
    def post(self, request: Request, pk: UUID) -> Response:
        hold = get_object_or_404(RejectionHold, pk=pk)
        given = checked(HoldDecisionShape(data=request.data))
        outcome = RejectionHold.Outcome(given["outcome"])
        hold = end_hold(hold, actor=caller(request), outcome=outcome, reason=given["reason"])
        carry_out_decided()
        return Response(HoldShape(hold).data, status=201)
