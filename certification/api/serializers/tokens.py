"""Signing in, and API tokens."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from knox.models import AuthToken
from rest_framework import serializers

from certification.accounts import tokens

from .fields import BodySerializer, Moment


class LoginSerializer(BodySerializer):
    email = serializers.CharField(max_length=254, help_text="E-mail or user name.")
    password = serializers.CharField(
        max_length=1024, trim_whitespace=False, style={"input_type": "password"}
    )


class ServiceTokenSerializer(BodySerializer):
    user = serializers.CharField(max_length=254, help_text="E-mail or user name of the owner.")
    days = serializers.IntegerField(
        min_value=1,
        max_value=tokens.LONGEST.days,
        required=False,
        help_text="Days until the token expires; by default, and at most, 365, and 90 for an "
        "administrator's.",
    )


class TokenSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="By which the token is listed and revoked.")
    token = serializers.CharField(help_text="Returned only here: it is stored hashed.")
    expiresAt = Moment()


class TokenItemSerializer(serializers.Serializer[Any]):
    id = serializers.SerializerMethodField()
    user = serializers.CharField(source="user.username")
    createdAt = Moment(source="created")
    expiresAt = Moment(source="expiry", allow_null=True)
    isActive = serializers.SerializerMethodField(
        help_text="Whether it opens anything: it has not expired, and its owner is active."
    )

    def get_id(self, row: AuthToken) -> str:
        return tokens.short(row)

    def get_isActive(self, row: AuthToken) -> bool:
        is_alive = row.expiry is None or row.expiry > timezone.now()
        return bool(is_alive and row.user.is_active)
