from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from knox.models import AuthToken
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from certification import queries
from certification.accounts import sign_in, tokens
from certification.accounts.audit import Actor
from certification.api import request_parsing
from certification.api.errors import InvalidCredentials, LockedOut
from certification.api.permissions import MayAdminister
from certification.api.serializers.tokens import (
    LoginSerializer,
    ServiceTokenSerializer,
    TokenItemSerializer,
    TokenSerializer,
)
from certification.states import Face


class Login(APIView):
    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_scope = "login"

    @extend_schema(
        operation_id="login",
        tags=["auth"],
        request=LoginSerializer,
        responses=TokenSerializer,
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Gives a token to whoever knows a password.

        It is shown this once and kept hashed. Repeated wrong passwords lock the account out for a
        while (429, `locked_out`).
        """
        given = request_parsing.body(LoginSerializer, request).validated_data
        user = authenticate(request._request, username=given["email"], password=given["password"])
        if sign_in.is_locked_out(request._request):
            raise LockedOut
        if user is None:
            raise InvalidCredentials
        assert isinstance(user, User)
        instance, token = tokens.make(user, Actor(user, Face.API))
        return Response(TokenSerializer({"token": token, "expiresAt": instance.expiry}).data)


class Logout(APIView):
    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="logout",
        tags=["auth"],
        request=None,
        responses={204: OpenApiResponse(description="The token opens nothing any more.")},
    )
    def post(self, request: Request) -> Response:
        """Revokes the token that this request comes with."""
        assert isinstance(request.auth, AuthToken)
        tokens.revoke(AuthToken.objects.filter(pk=request.auth.pk), request_parsing.actor(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Tokens(APIView):
    permission_classes = (MayAdminister,)

    @extend_schema(
        operation_id="listTokens", tags=["auth"], responses=TokenItemSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """All tokens; `id` is what the audit log and the screens call a token, too."""
        found = AuthToken.objects.select_related("user").order_by("-created")
        return Response(TokenItemSerializer(found, many=True).data)

    @extend_schema(
        operation_id="createToken",
        tags=["auth"],
        request=ServiceTokenSerializer,
        responses={201: TokenSerializer},
    )
    def post(self, request: Request) -> Response:
        """Makes a token for a service: it has the role of the user that owns it."""
        given = request_parsing.body(ServiceTokenSerializer, request).validated_data
        user = sign_in.find(given["user"])
        if user is None:
            raise NotFound(_("There is no user %(name)s.") % {"name": given["user"]})
        instance, token = tokens.make(
            user, request_parsing.actor(request), timedelta(days=given["days"])
        )
        body = TokenSerializer({"token": token, "expiresAt": instance.expiry})
        return Response(body.data, status=status.HTTP_201_CREATED)


class TokenDetail(APIView):
    permission_classes = (MayAdminister,)

    @extend_schema(
        operation_id="revokeToken",
        tags=["auth"],
        responses={204: OpenApiResponse(description="The token opens nothing any more.")},
    )
    def delete(self, request: Request, token_id: str) -> Response:
        """Revokes a token."""
        if not tokens.revoke(queries.tokens.named(token_id), request_parsing.actor(request)):
            raise NotFound(_("There is no token %(id)s.") % {"id": token_id})
        return Response(status=status.HTTP_204_NO_CONTENT)
