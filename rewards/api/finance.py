"""What a finance admin may do. Each of these leaves an audit entry with its reason."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lib.api.pagination import CursorPagination
from rewards import access, queries
from rewards.api import shapes
from rewards.api.http import FinanceView, caller, checked, page
from rewards.domain import chain_health, holds, reorganisations
from rewards.domain.tokens import set_smallest_push
from rewards.queries import amount_json


def reason_of(request: Request) -> str:
    return str(checked(shapes.ReasonShape(data=request.data))["reason"])


class IntentsView(FinanceView):
    """Everything that the chain has not confirmed yet."""

    pagination_class = CursorPagination

    @extend_schema(responses=shapes.IntentShape(many=True), operation_id="intents")
    def get(self, request: Request) -> Response:
        return page(self, request, queries.unconfirmed_intents(), shapes.IntentShape, ordering="id")


class IntentResumptionView(FinanceView):
    @extend_schema(request=shapes.ReasonShape, responses=shapes.IntentShape, operation_id="resume_intent")
    def post(self, request: Request, pk: int) -> Response:
        intent = access.intent_for(caller(request), pk)
        return Response(
            shapes.IntentShape(holds.resume_intent(intent, actor=caller(request), reason=reason_of(request))).data
        )


class BatchHoldView(FinanceView):
    """Send nothing new for this batch."""

    @extend_schema(request=shapes.ReasonShape, responses=shapes.BatchShape, operation_id="hold_batch")
    def post(self, request: Request, pk: UUID) -> Response:
        batch = access.batch_for(caller(request), pk)
        return Response(
            shapes.BatchShape(holds.hold_batch(batch, actor=caller(request), reason=reason_of(request))).data
        )


class BatchResumptionView(FinanceView):
    @extend_schema(request=shapes.ReasonShape, responses=shapes.BatchShape, operation_id="resume_batch")
    def post(self, request: Request, pk: UUID) -> Response:
        batch = access.batch_for(caller(request), pk)
        return Response(
            shapes.BatchShape(holds.resume_batch(batch, actor=caller(request), reason=reason_of(request))).data
        )


class ChainStopView(FinanceView):
    """Nothing is sent to the chain, or believed of it, until it is resumed."""

    @extend_schema(request=shapes.ReasonShape, responses=shapes.ChainShape, operation_id="stop_chain")
    def post(self, request: Request, chain_id: int) -> Response:
        chain = access.chain_for(caller(request), chain_id)
        return Response(
            shapes.ChainShape(chain_health.stop_chain(chain, reason_of(request), actor=caller(request))).data
        )


class ChainResumptionView(FinanceView):
    """After a deep reorganisation: the chain is read again from the last block that both branches have."""

    @extend_schema(request=shapes.ReasonShape, responses=shapes.ChainShape, operation_id="resume_chain")
    def post(self, request: Request, chain_id: int) -> Response:
        chain = access.chain_for(caller(request), chain_id)
        resumed = reorganisations.resume(chain, actor=caller(request), reason=reason_of(request))
        return Response(shapes.ChainShape(resumed).data)


class SmallestPushView(FinanceView):
    """From which amount of a token on a payment is sent by itself. Holds from the next batch on."""

    @extend_schema(request=shapes.SmallestPushShape, responses=shapes.TokenShape, operation_id="set_smallest_push")
    def put(self, request: Request, pk: UUID) -> Response:
        token = access.token_for(caller(request), pk)
        given = checked(shapes.SmallestPushShape(data=request.data))
        changed = set_smallest_push(token, actor=caller(request), minor=int(given["minor"]), reason=given["reason"])
        return Response(shapes.TokenShape(changed).data)


class LedgerView(FinanceView):
    """The platform's books in one line per token."""

    @extend_schema(responses=shapes.LedgerLineShape(many=True), operation_id="ledger")
    def get(self, request: Request) -> Response:
        lines = [
            {
                "token": shapes.TokenShape(token).data,
                "totals": {kind: amount_json(token, minor) for kind, minor in totals.items()},
                "off": amount_json(token, sum(totals.values())),
            }
            for token, totals in queries.platform_balances()
        ]
        return Response(lines)
