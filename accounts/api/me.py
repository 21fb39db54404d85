"""The signed-in person: profile, preferences, wallets, keys."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access, languages, wallet_session
from accounts.api import serializers as shapes
from accounts.api.permissions import HasScope, SessionOnly
from accounts.domain import api_key, person, wallet
from accounts.models import ApiKey, Scope, User, Wallet, WalletChallenge
from lib.api.pagination import CursorPagination


def caller(request: Request) -> User:
    """The person asking; permissions have made sure that there is one."""
    assert isinstance(request.user, User)
    return request.user


class ProfileView(APIView):
    required_scope = {"GET": Scope.READ, "PATCH": Scope.ACCOUNT}

    @extend_schema(responses=shapes.ProfileSerializer, operation_id="profile")
    def get(self, request: Request) -> Response:
        return Response(shapes.ProfileSerializer(caller(request)).data)

    @extend_schema(request=shapes.ProfileSerializer, responses=shapes.ProfileSerializer, operation_id="update_profile")
    def patch(self, request: Request) -> Response:
        given = _checked(shapes.ProfileSerializer(caller(request), data=request.data, partial=True))
        return Response(shapes.ProfileSerializer(person.update_profile(caller(request), **given)).data)


class PrefsView(APIView):
    """The workbench's preferences. PATCH merges; null forgets one."""

    required_scope = {"GET": Scope.READ, "PATCH": Scope.WORK}

    @extend_schema(responses=shapes.PrefsSerializer, operation_id="prefs")
    def get(self, request: Request) -> Response:
        return Response(caller(request).workbench_prefs)

    @extend_schema(request=shapes.PrefsSerializer, responses=shapes.PrefsSerializer, operation_id="update_prefs")
    def patch(self, request: Request) -> Response:
        given = request.data if isinstance(request.data, dict) else {}
        return Response(person.update_prefs(caller(request), dict(given)))


class LanguagesView(APIView):
    """Languages to choose from; other BCP 47 tags are accepted too."""

    required_scope = Scope.READ
    queryset = None

    @extend_schema(responses=shapes.LanguageSerializer(many=True), operation_id="languages")
    def get(self, request: Request) -> Response:
        return Response([{"tag": tag, "name": name} for tag, name in languages.choices()])


class WalletsView(APIView):
    """A key may look; linking needs a session, because a linked wallet opens the account."""

    required_scope = Scope.READ

    def get_permissions(self) -> list[Any]:
        return [HasScope()] if self.request.method != "POST" else [IsAuthenticated(), SessionOnly()]

    @extend_schema(responses=shapes.WalletSerializer(many=True), operation_id="wallets")
    def get(self, request: Request) -> Response:
        mine = Wallet.objects.filter(user=caller(request))
        return Response(shapes.WalletSerializer(mine, many=True).data)

    @extend_schema(
        request=shapes.SignedSerializer, responses={201: shapes.WalletSerializer}, operation_id="link_wallet"
    )
    def post(self, request: Request) -> Response:
        proof = _proof(request, WalletChallenge.Purpose.LINK)
        linked = wallet.link_wallet(caller(request), proof=proof)
        return Response(shapes.WalletSerializer(linked).data, status=201)


class WalletView(APIView):
    permission_classes = (IsAuthenticated, SessionOnly)

    @extend_schema(responses={204: None}, operation_id="unlink_wallet")
    def delete(self, request: Request, pk: UUID) -> Response:
        wallet.unlink_wallet(access.wallet_for(caller(request), pk), by=caller(request))
        return Response(status=204)


class PayoutWalletView(APIView):
    permission_classes = (IsAuthenticated, SessionOnly)

    @extend_schema(
        request=shapes.SignedSerializer, responses=shapes.WalletSerializer, operation_id="choose_payout_wallet"
    )
    def put(self, request: Request, pk: UUID) -> Response:
        mine = access.wallet_for(caller(request), pk)
        proof = _proof(request, WalletChallenge.Purpose.CHANGE_PAYOUT)
        return Response(shapes.WalletSerializer(wallet.choose_payout_wallet(mine, proof=proof)).data)


class KeysView(APIView):
    """A key may see the keys of its person; only a session (or the token endpoint) makes new ones."""

    required_scope = Scope.ACCOUNT
    pagination_class = CursorPagination
    # The answer carries a secret, which must not be kept for repeats.
    handles_idempotency = True

    def get_permissions(self) -> list[Any]:
        return [HasScope()] if self.request.method != "POST" else [IsAuthenticated(), SessionOnly()]

    @extend_schema(responses=shapes.KeySerializer(many=True), operation_id="keys")
    def get(self, request: Request) -> Response:
        pages = CursorPagination()
        page = pages.paginate_queryset(ApiKey.objects.filter(user=caller(request)), request, view=self)
        return pages.get_paginated_response(shapes.KeySerializer(page, many=True).data)

    @extend_schema(
        request=shapes.NewKeySerializer, responses={201: shapes.KeyWithSecretSerializer}, operation_id="create_key"
    )
    def post(self, request: Request) -> Response:
        key, secret = api_key.create_key(caller(request), **_checked(shapes.NewKeySerializer(data=request.data)))
        return Response(shapes.KeyWithSecretSerializer({"key": key, "secret": secret}).data, status=201)


class KeyView(APIView):
    required_scope = {"GET": Scope.ACCOUNT, "DELETE": Scope.ACCOUNT}

    @extend_schema(responses=shapes.KeySerializer, operation_id="key")
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.KeySerializer(access.key_for(caller(request), pk)).data)

    @extend_schema(responses={204: None}, operation_id="revoke_key")
    def delete(self, request: Request, pk: UUID) -> Response:
        api_key.revoke_key(access.key_for(caller(request), pk), by=caller(request))
        return Response(status=204)


def _proof(request: Request, purpose: WalletChallenge.Purpose) -> wallet.Proof:
    given = _checked(shapes.SignedSerializer(data=request.data))
    return wallet.redeem_challenge(
        given["message"],
        signature=given["signature"],
        purpose=purpose,
        binding=wallet_session.session_binding(request._request),
        user=caller(request),
    )


def _checked(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
