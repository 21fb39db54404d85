"""What everybody signed in may know: tokens, chains, batches, and the files behind the roots; and the faucet."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from lib.api.pagination import CursorPagination
from lib.api.throttling import PersonThrottle
from rewards import access, queries
from rewards.api import shapes
from rewards.api.http import caller, checked, page
from rewards.domain import faucet, leaf_file, node
from rewards.exceptions import RewardsError
from rewards.models import Token
from rewards.queries import amount_json


class TokensView(APIView):
    """The tokens that projects may be paid in."""

    required_scope = Scope.READ

    @extend_schema(responses=shapes.TokenShape(many=True), operation_id="tokens")
    def get(self, request: Request) -> Response:
        return Response(shapes.TokenShape(queries.active_tokens(), many=True).data)


class ChainsView(APIView):
    required_scope = Scope.READ

    @extend_schema(responses=shapes.ChainShape(many=True), operation_id="chains")
    def get(self, request: Request) -> Response:
        return Response(shapes.ChainShape(queries.chains(), many=True).data)


class BatchesView(APIView):
    """Every settlement so far."""

    required_scope = Scope.READ
    pagination_class = CursorPagination

    @extend_schema(responses=shapes.BatchShape(many=True), operation_id="batches")
    def get(self, request: Request) -> Response:
        return page(self, request, queries.batches(), shapes.BatchShape)


class BatchView(APIView):
    required_scope = Scope.READ

    @extend_schema(responses=shapes.BatchShape, operation_id="batch")
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.BatchShape(get_object_or_404(queries.batches(), pk=pk)).data)


class LeavesView(APIView):
    """The published leaf file, byte for byte: its SHA-256 stands in the batch and on chain."""

    required_scope = Scope.READ

    @extend_schema(responses=OpenApiTypes.OBJECT, operation_id="batch_leaves")
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        batch = get_object_or_404(queries.batches(), pk=pk)
        return HttpResponse(leaf_file.read(batch), content_type="application/json")


class FaucetThrottle(PersonThrottle):
    scope = "faucet"
    rate = "30/hour"


class FaucetView(APIView):
    """Test tokens and a little gas money, on a development chain only."""

    required_scope = {"POST": Scope.MONEY}
    throttle_classes = [FaucetThrottle]

    @extend_schema(request=shapes.FaucetShape, responses={201: shapes.PouredShape}, operation_id="pour_faucet")
    def post(self, request: Request) -> Response:
        given = checked(shapes.FaucetShape(data=request.data))
        token = self.token(given.get("token"))
        poured = faucet.pour(token, node.client_for(token.chain), address=given["address"], actor=caller(request))
        answer = {
            "amount": amount_json(poured.token, poured.minor),
            "native_wei": str(poured.native_wei),
            "transactions": list(poured.transactions),
        }
        return Response(answer, status=201)

    def token(self, address: str | None) -> Token:
        tokens = queries.active_tokens().filter(has_faucet=True)
        found = (tokens.filter(address__iexact=address) if address else tokens).first()
        if found is None:
            raise RewardsError("There is no faucet here.", code="no_faucet", status=404)
        return access.token_of(found.chain.chain_id, found.address)
