"""Whether everything owed is locked, for everybody; and what differed, for finance admins."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lib.api.pagination import CursorPagination
from rewards import access
from rewards import solvency as books
from rewards.api import shapes
from rewards.api.amounts import AmountSerializer
from rewards.api.http import FinanceView, caller, checked, page
from rewards.domain.comparison import Figures
from rewards.domain.incidents import resolve_incident
from rewards.models import Incident
from rewards.queries import amount_json

LEDGER = ("clients", "people", "fees", "owed")
CHAIN = ("escrow", "settlement", "others", "locked")


class HoldingsShape(serializers.Serializer[Any]):
    token = shapes.TokenShape()
    is_short = serializers.BooleanField()
    ledger = serializers.SerializerMethodField(help_text="Owed: clients, people, fees, and the sum.")
    chain = serializers.SerializerMethodField(
        help_text="Locked: what Escrow and Settlement hold, what of it is other people's, and the rest."
    )
    surplus = serializers.SerializerMethodField(help_text="Locked less owed; below zero when short.")

    @extend_schema_field({"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Amount"}})
    def get_ledger(self, held: Figures) -> Any:
        return {name: amount_json(held.token, getattr(held, name)) for name in LEDGER}

    @extend_schema_field({"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Amount"}})
    def get_chain(self, held: Figures) -> Any:
        return {name: amount_json(held.token, getattr(held, name)) for name in CHAIN}

    @extend_schema_field(AmountSerializer)
    def get_surplus(self, held: Figures) -> Any:
        return amount_json(held.token, held.surplus)


class SolvencyShape(serializers.Serializer[Any]):
    chain_id = serializers.IntegerField(source="chain.chain_id")
    caip2 = serializers.CharField(source="chain.caip2", help_text="The chain's id as CAIP-2 writes it.")
    name = serializers.CharField(source="chain.name")
    escrow_address = serializers.CharField(source="chain.escrow_address")
    settlement_address = serializers.CharField(source="chain.settlement_address")
    is_short = serializers.BooleanField()
    is_stopped = serializers.BooleanField()
    open_incidents = serializers.IntegerField()
    silent_since = serializers.DateTimeField(
        allow_null=True, help_text="Not null: no node answers since then, and the figures are the last known."
    )
    block_number = serializers.IntegerField(source="compared.block_number", default=None, allow_null=True)
    block_hash = serializers.CharField(source="compared.block_hash", default=None, allow_null=True)
    block_time = serializers.DateTimeField(source="compared.block_time", default=None, allow_null=True)
    compared_at = serializers.DateTimeField(source="compared.created_at", default=None, allow_null=True)
    is_sound = serializers.BooleanField(source="compared.is_sound", default=None, allow_null=True)
    holdings = HoldingsShape(many=True)


class SolvencyView(APIView):
    """What is owed, by the ledger, beside what is locked, by the chain, per token at one block. For everybody."""

    permission_classes = (AllowAny,)

    @extend_schema(responses=SolvencyShape(many=True), operation_id="solvency")
    def get(self, request: Request) -> Response:
        return Response(SolvencyShape(books.solvency(), many=True).data)


class IncidentShape(serializers.ModelSerializer[Incident]):
    chain_id = serializers.IntegerField(source="chain.chain_id")
    token = shapes.TokenShape(allow_null=True)
    title = serializers.CharField(source="get_kind_display")

    class Meta:
        model = Incident
        fields = [
            "id", "chain_id", "token", "kind", "title", "account", "transaction", "detail", "block_number",
            "created_at", "resolved_at", "resolution",
        ]  # fmt: skip


class IncidentsView(FinanceView):
    """Where ledger and chain differed, newest first."""

    pagination_class = CursorPagination

    @extend_schema(responses=IncidentShape(many=True), operation_id="incidents")
    def get(self, request: Request) -> Response:
        found = Incident.objects.select_related("chain", "token__chain")
        return page(self, request, found, IncidentShape, ordering="-created_at")


class IncidentResolutionView(FinanceView):
    """Say what it was. With the last one the chain goes on."""

    @extend_schema(request=shapes.ReasonShape, responses=IncidentShape, operation_id="resolve_incident")
    def post(self, request: Request, pk: UUID) -> Response:
        incident = access.incident_for(caller(request), pk)
        reason = str(checked(shapes.ReasonShape(data=request.data))["reason"])
        return Response(IncidentShape(resolve_incident(incident, actor=caller(request), reason=reason)).data)
