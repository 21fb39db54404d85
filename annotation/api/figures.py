"""What a project's pages tell beyond its settings: its days, its agreement, its people, its items, its history."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import access
from annotation.api.http import PROJECTS, caller
from annotation.api.shapes import ItemShape, VerdictShape
from annotation.domain.insider import remember_insider
from annotation.queries.agreement import agreement_of
from annotation.queries.crowd import annotators_of, answers_per_day, crowd_rows
from annotation.queries.history import history_of
from annotation.queries.items import answers_to
from lib.api.pagination import CursorPagination, OffsetPagination


class DayShape(serializers.Serializer[Any]):
    day = serializers.DateField()
    answers = serializers.IntegerField()


class FieldAgreementShape(serializers.Serializer[Any]):
    """Krippendorff's alpha of one question with its 95 % interval, and what it was taken from."""

    name = serializers.CharField()
    titles = serializers.DictField(child=serializers.CharField())
    alpha = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    items = serializers.IntegerField()
    answers = serializers.IntegerField()


class FiguresShape(serializers.Serializer[Any]):
    days = DayShape(many=True, help_text="The last two weeks.")
    agreement = FieldAgreementShape(many=True)


class IntervalShape(serializers.Serializer[Any]):
    """A share with its 95 % interval."""

    estimate = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class CrowdRowShape(serializers.Serializer[Any]):
    annotator = serializers.CharField(source="name", help_text="The pseudonym, as in exports and reviews.")
    answers = serializers.IntegerField()
    accepted = serializers.IntegerField()
    judged = serializers.IntegerField()
    gold_right = serializers.IntegerField()
    gold_seen = serializers.IntegerField()
    median_seconds = serializers.FloatField(allow_null=True)
    reliability = IntervalShape(allow_null=True, help_text="How often right, by the others' answers and by probes.")


class ProjectEventShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    action = serializers.CharField()
    actor = serializers.CharField(default=None, help_text="Null: the system.")
    changes = serializers.JSONField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class ItemAnswerShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    annotator = serializers.CharField()
    value = serializers.JSONField()
    state = serializers.CharField()
    active_ms = serializers.IntegerField(allow_null=True)
    verdicts = VerdictShape(many=True)


class ItemDetailShape(serializers.Serializer[Any]):
    item = ItemShape()
    gold = serializers.JSONField(allow_null=True, help_text="The right answer of a gold item; for who manages it only.")
    answers = ItemAnswerShape(many=True, help_text="For those who may review.")


class FiguresView(APIView):
    """Answers per day, and how far the annotators agree."""

    required_scope = PROJECTS

    @extend_schema(responses=FiguresShape, operation_id="project_figures")
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk)
        days = [{"day": day, "answers": count} for day, count in answers_per_day(project)]
        agreement = [asdict(row) for row in agreement_of(project)]
        return Response(FiguresShape({"days": days, "agreement": agreement}).data)


class AnnotatorsView(APIView):
    """Those who answered something, the busiest first, under pseudonyms."""

    required_scope = PROJECTS
    pagination_class = OffsetPagination

    @extend_schema(responses=CrowdRowShape(many=True), operation_id="project_annotators")
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk)
        pages = OffsetPagination()
        people = pages.paginate_queryset(annotators_of(project), request)
        rows = crowd_rows(project, people, with_gold=access.may_see_gold(caller(request), project))
        return pages.get_paginated_response(CrowdRowShape(rows, many=True).data)


class HistoryView(APIView):
    """What happened to the project, newest first."""

    required_scope = PROJECTS
    pagination_class = CursorPagination

    @extend_schema(responses=ProjectEventShape(many=True), operation_id="project_history")
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        pages = CursorPagination()
        found = pages.paginate_queryset(history_of(project), request, view=self)
        return pages.get_paginated_response(ProjectEventShape(found, many=True).data)


class ItemView(APIView):
    """One item: what was shown, what was decided, what was answered."""

    required_scope = PROJECTS

    @extend_schema(responses=ItemDetailShape, operation_id="item")
    def get(self, request: Request, pk: UUID, item: int) -> Response:
        user = caller(request)
        project = access.project_with_items_for(user, pk)
        remember_insider(user, project)
        found = access.item_of(project, item)
        gold = found.gold.value if access.can_manage(user, project) and hasattr(found, "gold") else None
        answers = answers_to(found) if access.can_review(user, project) else []
        rows = [
            {"id": answer.pk, "annotator": name, "value": answer.value, "state": answer.state,
             "active_ms": answer.active_ms, "verdicts": answer.verdicts.all()}
            for answer, name in answers
        ]  # fmt: skip
        return Response(ItemDetailShape({"item": found, "gold": gold, "answers": rows}).data)
