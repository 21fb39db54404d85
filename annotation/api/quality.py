"""Figures for quality admins to look into. Each comes with its counts; whether it means something is for people."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from annotation.api.http import IsQualityAdmin
from annotation.api.reviewer_scores import ScoreShape
from annotation.models import GoldSummary, ReviewerSummary, SummaryRun
from annotation.queries import quality as queries
from annotation.queries.pace import paces_of
from annotation.queries.reviewer_scores import Score
from lib.api.pagination import OffsetPagination

MOST_CLIENTS = 500


class WorkInProjectShape(serializers.Serializer[Any]):
    """Counts are null until the background has counted the project for the first time."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    team = serializers.CharField(source="team.name")
    state = serializers.CharField()
    pending = serializers.IntegerField(source="summary.pending", default=None)
    resolved = serializers.IntegerField(source="summary.resolved", default=None)
    uncertain = serializers.IntegerField(source="summary.uncertain", default=None)
    due_at = serializers.DateTimeField(source="summary.due_at", default=None)
    probes_seen = serializers.IntegerField(source="summary.probes_seen", default=None)
    probes_right = serializers.IntegerField(source="summary.probes_right", default=None)
    probes_fallen_at = serializers.DateTimeField(
        source="summary.probes_fallen_at",
        default=None,
        help_text="Since when probes are answered worse than before, and not by chance; null while they are not.",
    )
    counted_at = serializers.DateTimeField(source="summary.counted_at", default=None)


class ClientRateShape(serializers.Serializer[Any]):
    team = serializers.UUIDField(source="team_id")
    name = serializers.CharField(source="team.name")
    rejected = serializers.IntegerField()
    judged = serializers.IntegerField()
    rejected_before = serializers.IntegerField()
    judged_before = serializers.IntegerField()
    has_jumped = serializers.BooleanField(help_text="Fivefold against its own past, and not by chance.")
    counted_at = serializers.DateTimeField()


class CountedShape(serializers.Serializer[Any]):
    counted_at = serializers.SerializerMethodField()

    def get_counted_at(self, _row: Any) -> datetime | None:
        counted_at: datetime | None = self.context["counted_at"]
        return counted_at


class GoldRecordShape(CountedShape):
    person = serializers.UUIDField(source="user.public_id")
    name = serializers.CharField()
    seen = serializers.IntegerField()
    right = serializers.IntegerField()
    answers = serializers.IntegerField()
    projects = serializers.IntegerField()
    median_seconds = serializers.SerializerMethodField(help_text="Of the last 50 answers; null without any.")

    def get_median_seconds(self, row: GoldSummary) -> float | None:
        paces: dict[int, float] = self.context["paces"]
        return paces.get(row.user_id)


class ReviewerRecordShape(CountedShape):
    person = serializers.UUIDField(source="user.public_id")
    name = serializers.CharField()
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    returned = serializers.IntegerField()
    overturned = serializers.IntegerField(help_text="Of these rejections and returns, on appeal.")
    score = serializers.SerializerMethodField(help_text="Of a year; what counts, /quality/reviewers/{person}/ lists.")
    last = serializers.DateTimeField(help_text="The last verdict.")
    always_accepts = serializers.IntegerField(
        help_text="People of whom this reviewer has accepted everything, where others have not."
    )

    @extend_schema_field(ScoreShape)
    def get_score(self, row: ReviewerSummary) -> Any:
        return ScoreShape(Score(row.right, row.wrong)).data


class QualityView(APIView):
    """For quality admins."""

    required_scope = Scope.REVIEW
    pagination_class = OffsetPagination

    def get_permissions(self) -> list[Any]:
        return [*super().get_permissions(), IsQualityAdmin()]


class QualityProjectsView(QualityView):
    """Where work waits, the earliest deadline first."""

    @extend_schema(responses=WorkInProjectShape(many=True), operation_id="quality_projects")
    def get(self, request: Request) -> Response:
        pages = OffsetPagination()
        found = pages.paginate_queryset(queries.projects_in_work(), request)
        return pages.get_paginated_response(WorkInProjectShape(found, many=True).data)


class QualityClientsView(QualityView):
    """How often clients' answers were rejected, of late and before: those that have jumped, then the highest rates."""

    @extend_schema(responses=ClientRateShape(many=True), operation_id="quality_clients")
    def get(self, request: Request) -> Response:
        pages = OffsetPagination()
        found = pages.paginate_queryset(queries.client_rates(limit=MOST_CLIENTS), request)
        return pages.get_paginated_response(ClientRateShape(found, many=True).data)


class QualityAnnotatorsView(QualityView):
    """Everybody who has seen gold, the lowest share of right answers first."""

    @extend_schema(responses=GoldRecordShape(many=True), operation_id="quality_annotators")
    def get(self, request: Request) -> Response:
        pages = OffsetPagination()
        rows = pages.paginate_queryset(queries.gold_records(), request)
        as_of = {
            "counted_at": queries.counted_at(SummaryRun.Name.GOLD),
            "paces": paces_of([row.user_id for row in rows]),
        }
        return pages.get_paginated_response(GoldRecordShape(rows, many=True, context=as_of).data)


class QualityReviewersView(QualityView):
    """Who gave verdicts in the last days, the busiest first."""

    @extend_schema(responses=ReviewerRecordShape(many=True), operation_id="quality_reviewers")
    def get(self, request: Request) -> Response:
        pages = OffsetPagination()
        rows = pages.paginate_queryset(queries.reviewer_records(), request)
        as_of = {"counted_at": queries.counted_at(SummaryRun.Name.REVIEWERS)}
        return pages.get_paginated_response(ReviewerRecordShape(rows, many=True, context=as_of).data)
