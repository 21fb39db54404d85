"""What a project pays besides its price, in a second token."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import access
from annotation.api.http import PROJECTS, caller, checked
from annotation.api.shapes import MinorAsText
from annotation.domain.parts import second_of
from annotation.domain.second_pay import remove_second_pay, set_second_pay
from annotation.models import SecondPay
from rewards.queries import active_tokens


class SecondPayShape(serializers.ModelSerializer[SecondPay]):
    token = serializers.PrimaryKeyRelatedField(queryset=active_tokens(), help_text="On the chain of the first token.")
    price_minor = MinorAsText(help_text="Per accepted answer.")
    # What is stored is a number; only the outside has it as text.
    review_price_minor = MinorAsText(
        required=False,
        default=0,  # type: ignore[arg-type]
        help_text="Per explicit verdict that the first price pays for too.",
    )

    class Meta:
        model = SecondPay
        fields = ("token", "price_minor", "review_price_minor", "escrow")
        read_only_fields = ("escrow",)


class SecondPayView(APIView):
    """404 while the project pays in one token only. `quote/` and `funding/` tell what the second one comes to."""

    required_scope = PROJECTS

    @extend_schema(responses=SecondPayShape, operation_id="second_pay")
    def get(self, request: Request, pk: UUID) -> Response:
        second = second_of(access.project_for(caller(request), pk))
        if second is None:
            raise Http404
        return Response(SecondPayShape(second).data)

    @extend_schema(request=SecondPayShape, responses=SecondPayShape, operation_id="set_second_pay")
    def put(self, request: Request, pk: UUID) -> Response:
        project = access.project_for(caller(request), pk, roles=access.MANAGE)
        given: dict[str, Any] = checked(SecondPayShape(data=request.data))
        return Response(SecondPayShape(set_second_pay(project, actor=caller(request), **given)).data)

    @extend_schema(responses={204: None}, operation_id="remove_second_pay")
    def delete(self, request: Request, pk: UUID) -> Response:
        remove_second_pay(access.project_for(caller(request), pk, roles=access.MANAGE), actor=caller(request))
        return Response(status=204)
