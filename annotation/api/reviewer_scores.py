"""How often a reviewer was right, line by line: one's own, and for quality admins anybody's."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope, User
from annotation.api.http import IsQualityAdmin, caller
from annotation.queries.reviewer_scores import record_of


class ScoreShape(serializers.Serializer[Any]):
    """The mean of Beta(4 + right, 1 + wrong), and the middle 95 % of it."""

    right = serializers.IntegerField()
    wrong = serializers.IntegerField()
    mean = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class ProbesOfProjectShape(serializers.Serializer[Any]):
    project = serializers.UUIDField(source="project_id")
    title = serializers.CharField(source="project")
    right = serializers.IntegerField()
    seen = serializers.IntegerField()


class ScoreLineShape(serializers.Serializer[Any]):
    kind = serializers.CharField(
        source="source",
        help_text="probe (of closed projects), confirmed, overturned, voided, upheld_confirmed or upheld_overturned",
    )
    is_right = serializers.BooleanField()
    project = serializers.UUIDField(source="project_id")
    title = serializers.CharField(source="project")
    item = serializers.IntegerField(allow_null=True, help_text="Its number in the project; null of a voided hold.")
    at = serializers.DateTimeField()


class MixRowShape(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="sure, unsure (confidence below 0.8) or open, as the items are now")
    mine = serializers.IntegerField()
    overturned = serializers.IntegerField(help_text="Of these, by a person.")
    everybody = serializers.IntegerField(help_text="Of all who judged in the same projects.")


class ReviewerScoreShape(serializers.Serializer[Any]):
    score = ScoreShape()
    probes = ProbesOfProjectShape(many=True)
    lines = ScoreLineShape(many=True)
    is_cut = serializers.BooleanField(help_text="There are more lines; these are the latest.")
    mix = MixRowShape(many=True)


class OwnReviewingView(APIView):
    """What the caller's score as a reviewer is made of."""

    required_scope = Scope.READ

    @extend_schema(responses=ReviewerScoreShape, operation_id="my_reviewing")
    def get(self, request: Request) -> Response:
        return Response(ReviewerScoreShape(record_of(caller(request))).data)


class QualityReviewerView(APIView):
    """The same of anybody, for quality admins: with what sort of items this person judged."""

    required_scope = Scope.REVIEW

    def get_permissions(self) -> list[Any]:
        return [*super().get_permissions(), IsQualityAdmin()]

    @extend_schema(responses=ReviewerScoreShape, operation_id="quality_reviewer")
    def get(self, request: Request, person: UUID) -> Response:
        return Response(ReviewerScoreShape(record_of(get_object_or_404(User, public_id=person))).data)
