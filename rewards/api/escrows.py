"""A team's escrows: what they hold, how to fund them, what arrived."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from lib.api.pagination import CursorPagination
from rewards import access, references
from rewards.api import shapes
from rewards.api.http import caller, checked, page
from rewards.domain.escrows import announce_deposit, funding_calls
from rewards.models import Escrow
from rewards.queries import amount_json, escrow_statement
from rewards.refunds import refund_of


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


class RefundView(APIView):
    """How far the refund is; POST asks for it.

    Everything unused goes back to the wallet that paid. That ends what the escrow was for: nothing new is handed out,
    and what was submitted is judged and paid first.
    """

    required_scope = {"GET": Scope.READ, "POST": Scope.MONEY}

    @extend_schema(responses=shapes.RefundShape, operation_id="refund")
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(_refund_json(access.escrow_for(caller(request), pk)))

    @extend_schema(request=shapes.RefundReasonShape, responses=shapes.RefundShape, operation_id="ask_for_refund")
    def post(self, request: Request, pk: UUID) -> Response:
        escrow = access.refundable_escrow_for(caller(request), pk)
        reason = checked(shapes.RefundReasonShape(data=request.data))["reason"]
        references.end_undertaking(escrow, actor=caller(request), reason=reason)
        return Response(_refund_json(access.escrow_for(caller(request), pk)))


def _refund_json(escrow: Escrow) -> Any:
    found = refund_of(escrow, escrow_statement(escrow), references.undertaking_of(escrow))
    minors = {"least": found.least_minor, "most": found.most_minor, "refunded": found.refunded_minor}
    said = {"stage": found.stage, "asked_at": found.asked_at, "transactions": found.transactions}
    return shapes.RefundShape(said | {name: amount_json(escrow.token, each) for name, each in minors.items()}).data
