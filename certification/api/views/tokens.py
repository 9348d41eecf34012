"""Login, logout and API tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from knox.models import AuthToken
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

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
from certification.api.viewsets import ActionViewSet
from certification.errors import PersonNotFound, TokenNotFound
from certification.states import Face

REVOKED = {204: OpenApiResponse(description="The token is revoked.")}


@extend_schema(tags=["auth"])
class SigningInViewSet(ActionViewSet):
    @extend_schema(operation_id="login", responses=TokenSerializer, auth=[])
    @action(
        detail=False,
        methods=["post"],
        permission_classes=(AllowAny,),
        authentication_classes=(),
        throttle_scope="login",
        serializer_class=LoginSerializer,
    )
    def login(self, request: Request) -> Response:
        """Returns a token for an e-mail or user name and a password.

        The token is returned only once: it is stored hashed. Repeated wrong passwords lock the
        account for some minutes (429, `locked_out`).
        """
        given = self.read_body().validated_data
        user = authenticate(request._request, username=given["email"], password=given["password"])
        if sign_in.is_locked_out(request._request):
            raise LockedOut
        if user is None:
            raise InvalidCredentials
        assert isinstance(user, User)
        return Response(_made(*tokens.make(user, Actor(user, Face.API))))

    @extend_schema(operation_id="logout", request=None, responses=REVOKED)
    @action(detail=False, methods=["post"], permission_classes=(IsAuthenticated,))
    def logout(self, request: Request) -> Response:
        """Revokes the token of this request."""
        assert isinstance(request.auth, AuthToken)
        tokens.revoke(AuthToken.objects.filter(pk=request.auth.pk), request_parsing.actor(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["auth"])
class TokenViewSet(ListModelMixin, ActionViewSet):
    permission_classes = (MayAdminister,)
    lookup_url_kwarg = "token_id"
    lookup_value_regex = "[^/]+"
    serializer_class_by_action: ClassVar = {
        "list": TokenItemSerializer,
        "create": ServiceTokenSerializer,
    }

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = AuthToken.objects.select_related("user").order_by("-created")
        return rows

    @extend_schema(operation_id="listTokens")
    def list(self, request: Request) -> Response:
        """Returns all tokens, newest first. The audit log and the screens use the same `id`."""
        return super().list(request)

    @extend_schema(operation_id="createToken", responses={201: TokenSerializer})
    def create(self, request: Request) -> Response:
        """Creates a token for a service, with the role of the user who owns it."""
        given = self.read_body().validated_data
        user = sign_in.find(given["user"])
        if user is None:
            raise PersonNotFound(_("There is no user %(name)s.") % {"name": given["user"]})
        days = given.get("days")
        lifetime = tokens.longest(user) if days is None else timedelta(days=days)
        made = tokens.make(user, request_parsing.actor(request), lifetime)
        return Response(_made(*made), status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="revokeToken", responses=REVOKED)
    def destroy(self, request: Request, token_id: str) -> Response:
        """Revokes a token."""
        if not tokens.revoke(queries.tokens.named(token_id), request_parsing.actor(request)):
            raise TokenNotFound(_("There is no token %(id)s.") % {"id": token_id}, tokenId=token_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _made(row: Any, token: str) -> dict[str, Any]:
    shown = {"id": tokens.short(row), "token": token, "expiresAt": row.expiry}
    return dict(TokenSerializer(shown).data)
