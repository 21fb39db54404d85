"""A team's escrows: what they hold, how to fund them, what arrived."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from lib.api.pagination import CursorPagination
from rewards import access
from rewards.api import shapes
from rewards.api.http import caller, checked, page
from rewards.domain.escrows import announce_deposit, funding_calls


class EscrowsView(APIView):
    required_scope = Scope.READ
    pagination_class = CursorPagination

    @extend_schema(responses=shapes.EscrowShape(many=True), operation_id="escrows")
    def get(self, request: Request) -> Response:
        return page(self, request, access.escrows_for(caller(request)), shapes.EscrowShape)


class EscrowView(APIView):
    required_scope = Scope.READ

    @extend_schema(responses=shapes.EscrowShape, operation_id="escrow")
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.EscrowShape(access.escrow_for(caller(request), pk)).data)


class FundingView(APIView):
    """The calls that lock what is missing, for the funder's own wallet. Empty when nothing is missing."""

    required_scope = Scope.MONEY

    @extend_schema(responses=shapes.CallShape(many=True), operation_id="escrow_funding")
    def get(self, request: Request, pk: UUID) -> Response:
        escrow = access.fundable_escrow_for(caller(request), pk)
        return Response(shapes.CallShape(funding_calls(escrow), many=True).data)


class DepositsView(APIView):
    """What arrived, and what somebody announced. An announcement credits nothing: the chain does."""

    required_scope = {"GET": Scope.READ, "POST": Scope.MONEY}
    pagination_class = CursorPagination

    @extend_schema(responses=shapes.DepositShape(many=True), operation_id="deposits")
    def get(self, request: Request, pk: UUID) -> Response:
        escrow = access.escrow_for(caller(request), pk)
        return page(self, request, escrow.deposits.select_related("escrow__token__chain"), shapes.DepositShape)

    @extend_schema(request=shapes.DepositShape, responses={201: shapes.DepositShape}, operation_id="announce_deposit")
    def post(self, request: Request, pk: UUID) -> Response:
        escrow = access.fundable_escrow_for(caller(request), pk)
        given = checked(shapes.DepositShape(data=request.data))
        deposit = announce_deposit(
            escrow, transaction_hash=given["transaction_hash"], by=caller(request), note=given["note"]
        )
        return Response(shapes.DepositShape(deposit).data, status=201)
