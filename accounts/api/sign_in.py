"""Signing up and in over HTTP: a key for programs, a session for pages."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import wallet_session
from accounts.api import serializers as shapes
from accounts.api.authentication import SessionAuthentication
from accounts.api.throttling import SignInThrottle
from accounts.domain import api_key, person, wallet
from accounts.exceptions import ChallengeRefused
from accounts.models import User, WalletChallenge


class SignInView(APIView):
    """The base of what a stranger may ask. No answer is kept for repeats: they carry secrets."""

    permission_classes = (AllowAny,)
    throttle_classes = (SignInThrottle,)
    handles_idempotency = True


class SignUpView(SignInView):
    @extend_schema(request=shapes.SignUpSerializer, responses={202: shapes.DetailSerializer}, operation_id="sign_up")
    def post(self, request: Request) -> Response:
        given = _checked(shapes.SignUpSerializer(data=request.data))
        person.sign_up(request._request, email=given["email"], password=given["password"])
        # The same for a new address and a known one; the letter says which.
        return Response({"detail": _("We have sent a letter. Follow its link, then sign in.")}, status=202)


class TokenView(SignInView):
    @extend_schema(
        request=shapes.TokenRequestSerializer, responses={201: shapes.KeyWithSecretSerializer}, operation_id="token"
    )
    def post(self, request: Request) -> Response:
        given = _checked(shapes.TokenRequestSerializer(data=request.data))
        user = person.authenticate_by_password(
            request._request, email=given["email"], password=given["password"], code=given["code"]
        )
        return _new_key(user, given)


class WalletChallengeView(SignInView):
    """The message to sign. For linking and changing the payout wallet, be signed in."""

    @extend_schema(
        request=shapes.ChallengeRequestSerializer,
        responses={201: shapes.ChallengeSerializer},
        operation_id="wallet_challenge",
    )
    def post(self, request: Request) -> Response:
        given = _checked(shapes.ChallengeRequestSerializer(data=request.data))
        is_sign_in = given["purpose"] == WalletChallenge.Purpose.SIGN_IN
        user = request.user if isinstance(request.user, User) and not is_sign_in else None
        answer: dict[str, Any] = {}
        if given["result"] == "key":
            answer["binding"] = wallet_session.new_key_binding()
            binding = wallet_session.key_binding(answer["binding"])
        else:
            binding = wallet_session.session_binding(request._request)
        challenge = wallet.issue_challenge(given["address"], purpose=given["purpose"], binding=binding, user=user)
        return Response({"message": challenge.message, "expires_at": challenge.expires_at, **answer}, status=201)


class WalletVerifyView(SignInView):
    """Signs in with a signed message: 200 starts a session, 201 (with `binding`) makes a key."""

    @extend_schema(
        request=shapes.WalletSignInSerializer,
        responses={
            200: OpenApiResponse(shapes.WalletSessionSerializer, description="A session was started."),
            201: OpenApiResponse(shapes.KeyWithSecretSerializer, description="A key was made."),
        },
        operation_id="wallet_verify",
    )
    def post(self, request: Request) -> Response:
        given = _checked(shapes.WalletSignInSerializer(data=request.data))
        if "binding" in given:
            return self._make_key(given)
        return self._start_session(request._request, given)

    def _make_key(self, given: dict[str, Any]) -> Response:
        if not given.get("scopes"):
            raise ChallengeRefused(_("Choose at least one scope."), field="scopes")
        proof = _redeem(given, binding=wallet_session.key_binding(given["binding"]))
        user, _is_new = wallet.person_of_wallet(proof)
        person.require_active(user)
        person.check_second_factor(user, given["code"])
        return _new_key(user, given)

    def _start_session(self, request: HttpRequest, given: dict[str, Any]) -> Response:
        # Otherwise a strange page could sign a visitor in to somebody else's account.
        SessionAuthentication().enforce_csrf(request)
        proof = _redeem(given, binding=wallet_session.session_binding(request))
        user, is_new = wallet.person_of_wallet(proof)
        wanted = given["next"] if given["next"] and get_adapter(request).is_safe_url(given["next"]) else None
        # Through allauth's stages, so that a second factor is asked for and a disabled account is refused.
        answer = perform_login(request, user, redirect_url=wanted, signup=is_new)
        return Response({"redirect_to": answer.url})


def _redeem(given: dict[str, Any], *, binding: str) -> wallet.Proof:
    return wallet.redeem_challenge(
        given["message"], signature=given["signature"], purpose=WalletChallenge.Purpose.SIGN_IN, binding=binding
    )


def _new_key(user: User, given: dict[str, Any]) -> Response:
    key, secret = api_key.create_key(user, name=given["name"], scopes=given["scopes"], expires_at=given["expires_at"])
    return Response(shapes.KeyWithSecretSerializer({"key": key, "secret": secret}).data, status=201)


def _checked(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
