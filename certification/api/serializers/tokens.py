"""Signing in, and API tokens."""

from __future__ import annotations

from typing import Any

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
        min_value=1, max_value=3650, default=365, help_text="Days until the token expires."
    )


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Returned only here: it is stored hashed.")
    expiresAt = Moment()


class TokenItemSerializer(serializers.Serializer[Any]):
    id = serializers.SerializerMethodField()
    user = serializers.CharField(source="user.username")
    createdAt = Moment(source="created")
    expiresAt = Moment(source="expiry", allow_null=True)

    def get_id(self, row: AuthToken) -> str:
        return tokens.short(row)
