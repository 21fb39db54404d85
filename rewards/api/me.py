"""A person's own money. Also for a suspended one: what was earned stays theirs."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from rewards import queries
from rewards.api import shapes
from rewards.api.http import caller, page
from rewards.domain.claims import ready_claims


class BalancesView(APIView):
    """Per token: earned, on the way, to be claimed, paid."""

    required_scope = Scope.MONEY

    @extend_schema(responses=shapes.BalanceShape(many=True), operation_id="my_balances")
    def get(self, request: Request) -> Response:
        return Response(shapes.BalanceShape(queries.balances_of(caller(request)), many=True).data)


class EarningsView(APIView):
    """Each accepted piece of work, with what became of its pay."""

    required_scope = Scope.MONEY

    @extend_schema(responses=shapes.EarningShape(many=True), operation_id="my_earnings")
    def get(self, request: Request) -> Response:
        return page(self, request, queries.earnings_of(caller(request)), shapes.EarningShape)


class PayoutsView(APIView):
    required_scope = Scope.MONEY

    @extend_schema(responses=shapes.PayoutShape(many=True), operation_id="my_payouts")
    def get(self, request: Request) -> Response:
        return page(self, request, queries.payouts_of(caller(request)), shapes.PayoutShape)


class ClaimsView(APIView):
    """What can be claimed now, with proof and call data: any wallet may send it, the address in it is paid."""

    required_scope = Scope.MONEY

    @extend_schema(responses=shapes.ClaimShape(many=True), operation_id="my_claims")
    def get(self, request: Request) -> Response:
        return Response(shapes.ClaimShape(ready_claims(caller(request)), many=True).data)
