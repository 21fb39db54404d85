"""Funding an escrow with one signature and one transaction."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from rewards import access
from rewards.api import shapes
from rewards.api.http import MONEY, caller, checked
from rewards.domain.node import client_for
from rewards.domain.permits import opening_with_permit, permit_request


class PermitView(APIView):
    """GET says what the funder's wallet signs (`eth_signTypedData_v4`), POST makes of it the one call to send.

    Where an approval is the only way, the answer is 409: its code says why, and `funding/` has the two calls.
    """

    required_scope = MONEY

    @extend_schema(responses=shapes.PermitRequestShape, operation_id="escrow_permit")
    def get(self, request: Request, pk: UUID) -> Response:
        escrow = access.fundable_escrow_for(caller(request), pk)
        return Response(shapes.PermitRequestShape(permit_request(escrow, client_for(escrow.token.chain))).data)

    @extend_schema(
        request=shapes.SignedPermitShape, responses=shapes.PermittedOpeningShape, operation_id="open_with_permit"
    )
    def post(self, request: Request, pk: UUID) -> Response:
        escrow = access.fundable_escrow_for(caller(request), pk)
        given = checked(shapes.SignedPermitShape(data=request.data))
        found = opening_with_permit(
            escrow, client_for(escrow.token.chain), deadline=given["deadline"], signature=given["signature"]
        )
        return Response(shapes.PermittedOpeningShape(found).data)
