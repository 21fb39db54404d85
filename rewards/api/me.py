"""A person's own money. Also for a suspended one: what was earned stays theirs."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from lib.api.pagination import CursorPagination
from rewards import queries
from rewards.api import shapes
from rewards.api.http import caller, checked, page
from rewards.arrivals import next_arrival
from rewards.domain import wishes
from rewards.domain.claims import ready_claims, to_another
from rewards.models import Chain, Token


class BalancesView(APIView):
    """Per token: earned, on the way, to be claimed, paid."""

    required_scope = Scope.MONEY

    @extend_schema(responses=shapes.BalanceShape(many=True), operation_id="my_balances")
    def get(self, request: Request) -> Response:
        return Response(shapes.BalanceShape(queries.balances_of(caller(request)), many=True).data)


class EarningsView(APIView):
    """Each accepted piece of work, with what became of its pay."""

    required_scope = Scope.MONEY
    pagination_class = CursorPagination

    @extend_schema(responses=shapes.EarningShape(many=True), operation_id="my_earnings")
    def get(self, request: Request) -> Response:
        return page(self, request, queries.earnings_of(caller(request)), shapes.EarningShape)


class PayoutsView(APIView):
    required_scope = Scope.MONEY
    pagination_class = CursorPagination

    @extend_schema(responses=shapes.PayoutShape(many=True), operation_id="my_payouts")
    def get(self, request: Request) -> Response:
        return page(self, request, queries.payouts_of(caller(request)), shapes.PayoutShape)


class ClaimsView(APIView):
    """What can be claimed now, with proof and call data: any wallet may send it, the address in it is paid."""

    required_scope = Scope.MONEY

    @extend_schema(
        parameters=[
            OpenApiParameter("to", str, description="Another receiver: then only the account itself can send the call.")
        ],
        responses=shapes.ClaimShape(many=True),
        operation_id="my_claims",
    )
    def get(self, request: Request) -> Response:
        claims = ready_claims(caller(request))
        if "to" in request.query_params:
            receiver = checked(shapes.ReceiverShape(data={"to": request.query_params["to"]}))["to"]
            claims = [to_another(claim, receiver) for claim in claims]
        return Response(shapes.ClaimShape(claims, many=True).data)


class ThresholdView(APIView):
    """From which amount of a token on the person wants to be paid; 0 takes it back."""

    required_scope = Scope.MONEY

    @extend_schema(request=shapes.ThresholdShape, responses=shapes.ThresholdShape, operation_id="set_payout_threshold")
    def put(self, request: Request, pk: UUID) -> Response:
        token = get_object_or_404(Token, pk=pk)
        minor = int(checked(shapes.ThresholdShape(data=request.data))["minor"])
        wishes.set_threshold(caller(request), token, minor=minor)
        return Response({"minor": str(minor)})


class PayoutRequestView(APIView):
    """Pay me now: the chain's next settlement takes along everything earned, and waits for nobody."""

    required_scope = Scope.MONEY

    @extend_schema(request=None, responses={201: shapes.PayoutRequestShape}, operation_id="ask_to_be_paid")
    def post(self, request: Request, chain_id: int) -> Response:
        made = wishes.ask_to_be_paid(caller(request), get_object_or_404(Chain, chain_id=chain_id))
        said = {"chain_id": chain_id, "created_at": made.created_at, "arrives_by": next_arrival(made.created_at)}
        return Response(shapes.PayoutRequestShape(said).data, status=201)
