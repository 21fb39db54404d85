"""An annotator's own figures: for whoever asks about himself, as of last midnight."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from annotation.api.figures import IntervalShape
from annotation.api.http import caller
from annotation.api.project_quality import ConfusionShape, confusion_json
from annotation.queries import own_figures as queries
from annotation.queries.project_quality import interface_of
from lib.api.pagination import OffsetPagination


class OwnProjectShape(serializers.Serializer[Any]):
    project = serializers.UUIDField(source="project_id")
    title = serializers.CharField(source="project.title")
    answers = serializers.IntegerField()
    accepted = serializers.IntegerField()
    judged = serializers.IntegerField()


class ShareShape(serializers.Serializer[Any]):
    right = serializers.IntegerField()
    count = serializers.IntegerField()
    interval = serializers.SerializerMethodField(help_text="Null without a single answer.")

    @extend_schema_field(IntervalShape(allow_null=True))
    def get_interval(self, share: queries.Share) -> dict[str, Any] | None:
        return dict(IntervalShape(share.interval).data) if share.count else None


class SayingShape(serializers.Serializer[Any]):
    decision = serializers.CharField()
    reason = serializers.CharField()
    count = serializers.IntegerField()
    evidence = serializers.CharField(help_text="The last words that came with it.")


class OwnConfusionShape(ConfusionShape):
    name = serializers.CharField(help_text="The question.")


class OwnFiguresShape(serializers.Serializer[Any]):
    answers = serializers.IntegerField()
    accepted = serializers.IntegerField()
    judged = serializers.IntegerField()
    probes = ShareShape(help_text="Your answers to probes, told in fives.")
    project_probes = ShareShape(help_text="Everybody's.")
    compared = ShareShape(help_text="Your answers against what several people decided, at least 80 % sure.")
    confusions = OwnConfusionShape(many=True)
    sayings = SayingShape(many=True, help_text="Reasons of rejections and returns, the most frequent first.")
    as_of = serializers.DateTimeField(help_text="What was right is as of last midnight.")


class OwnFiguresListView(APIView):
    """Where you have answered something, the busiest first."""

    required_scope = Scope.READ
    pagination_class = OffsetPagination

    @extend_schema(responses=OwnProjectShape(many=True), operation_id="my_figures")
    def get(self, request: Request) -> Response:
        pages = OffsetPagination()
        rows = pages.paginate_queryset(queries.projects_with_figures(caller(request)), request)
        return pages.get_paginated_response(OwnProjectShape(rows, many=True).data)


class OwnFiguresView(APIView):
    """How often you were right in a project, beside everybody; what was said of it, and what you take for what."""

    required_scope = Scope.READ

    @extend_schema(responses=OwnFiguresShape, operation_id="my_project_figures")
    def get(self, request: Request, pk: UUID) -> Response:
        rows = queries.projects_with_figures(caller(request)).select_related("project__schema_version")
        progress = get_object_or_404(rows, project=pk)
        schema = interface_of(progress.project)
        figures = queries.own_figures(progress, schema)
        confusions = [
            {"name": each.name, **confusion_json(schema, each)} for each in figures.confusions if schema is not None
        ]
        names = {str(name) for name in OwnFiguresShape().fields} - {"confusions"}
        shown = {name: getattr(figures, name) for name in names}
        return Response(OwnFiguresShape(shown | {"confusions": confusions}).data)
