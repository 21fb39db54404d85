"""Items that annotators called broken, and what the client or a quality admin decides of them."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from annotation import access
from annotation.api.http import caller, checked, page
from annotation.domain.hidden import leave_out_item, show_item
from annotation.models import HiddenItem
from annotation.queries.hidden import hidden_items
from lib.api.pagination import CursorPagination

Decision = HiddenItem.Decision


class HiddenItemShape(serializers.ModelSerializer[HiddenItem]):
    id = serializers.IntegerField(source="item_id", read_only=True)
    position = serializers.IntegerField(source="item.position", read_only=True)
    data = serializers.JSONField(source="item.data", read_only=True)  # type: ignore[assignment]

    class Meta:
        model = HiddenItem
        fields = ["id", "position", "data", "people", "hidden_at", "decision", "reason", "decided_at"]
        read_only_fields = fields


class HiddenDecisionShape(serializers.Serializer[HiddenItem]):
    decision = serializers.ChoiceField(choices=Decision.choices)
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class HiddenItemsView(APIView):
    """Items that several annotators called broken. `decision`: empty for those that wait, else shown or left_out."""

    required_scope = Scope.READ
    pagination_class = CursorPagination

    @extend_schema(
        responses=HiddenItemShape(many=True),
        parameters=[OpenApiParameter("decision", str, enum=["", *Decision.values])],
        operation_id="hidden_items",
    )
    def get(self, request: Request, pk: UUID) -> Response:
        project = access.project_with_hidden_for(caller(request), pk)
        rows = hidden_items(project, decision=request.query_params.get("decision", ""))
        return page(self, request, rows, HiddenItemShape, ordering="-item_id")


class HiddenDecisionView(APIView):
    """Show a hidden item again, or leave it out for good. Either may be changed later by the other."""

    required_scope = Scope.PROJECTS

    @extend_schema(request=HiddenDecisionShape, responses=HiddenItemShape, operation_id="decide_hidden_item")
    def post(self, request: Request, pk: UUID, item: int) -> Response:
        project = access.project_with_hidden_for(caller(request), pk)
        given = checked(HiddenDecisionShape(data=request.data))
        verb = show_item if given["decision"] == Decision.SHOWN else leave_out_item
        hidden = verb(access.item_of(project, item), actor=caller(request), reason=given["reason"])
        return Response(HiddenItemShape(hidden).data)
