"""Which items are gold, and their right answers. For those who manage the project: they have chosen them."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import access
from annotation.api.http import PROJECTS, caller, checked, page
from annotation.domain.gold import mark_gold, set_gold, unmark_gold
from annotation.domain.insider import remember_insider
from annotation.models import GoldAnswer
from lib.api.pagination import CursorPagination


class GoldShape(serializers.Serializer[Any]):
    item = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    value = serializers.JSONField()
    explanation = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
    use = serializers.ChoiceField(
        choices=GoldAnswer.Use.choices, required=False, default=GoldAnswer.Use.PROBE, help_text="Else a hidden probe."
    )


class RightAnswerShape(serializers.ModelSerializer[GoldAnswer]):
    item = serializers.IntegerField(source="item_id", read_only=True)

    class Meta:
        model = GoldAnswer
        fields = ("item", "value", "explanation", "use")
        extra_kwargs = {"explanation": {"max_length": 2000}, "use": {"required": False}}


class GoldView(APIView):
    """POST marks exactly these items as gold, with their right answers; only in a draft."""

    required_scope = PROJECTS
    pagination_class = CursorPagination

    @extend_schema(responses=RightAnswerShape(many=True), operation_id="gold")
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        remember_insider(caller(request), project)
        rows = GoldAnswer.objects.filter(item__project=project)
        return page(self, request, rows, RightAnswerShape, ordering="item_id")

    @extend_schema(request=GoldShape(many=True), responses=OpenApiTypes.OBJECT, operation_id="set_gold")
    def post(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        rows = checked(GoldShape(data=request.data, many=True))
        return Response({"gold": set_gold(project, actor=caller(request), rows=rows)})


class ItemGoldView(APIView):
    """One item becomes gold, or its right answer is corrected; DELETE makes it one like the others."""

    required_scope = PROJECTS

    @extend_schema(request=RightAnswerShape, responses=RightAnswerShape, operation_id="mark_gold")
    def put(self, request: Request, pk: UUID, item: int) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        found = access.item_of(project, item)
        given = checked(RightAnswerShape(data=request.data))
        marked = mark_gold(
            found,
            actor=caller(request),
            value=given["value"],
            explanation=given.get("explanation", ""),
            use=given.get("use"),
        )
        return Response(RightAnswerShape(marked).data)

    @extend_schema(responses={204: None}, operation_id="unmark_gold")
    def delete(self, request: Request, pk: UUID, item: int) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        unmark_gold(access.item_of(project, item), actor=caller(request))
        return Response(status=204)
