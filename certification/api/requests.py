"""The bodies that the API takes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from certification.jobs import Options


class Login(serializers.Serializer[Any]):
    email = serializers.CharField(help_text="E-mail or user name.")
    password = serializers.CharField(trim_whitespace=False)


class Config(serializers.Serializer[Any]):
    probeUnoffered = serializers.BooleanField(
        default=False, help_text="Ask also where the registry says that a model is not offered."
    )
    checks = serializers.ListField(
        child=serializers.CharField(), default=list, help_text="On-demand checks to run too."
    )


class Optioned(serializers.Serializer[Any]):
    config = Config(required=False)

    @property
    def options(self) -> Options:
        return Options.of_config(self.validated_data.get("config", {}))


class CertifyAll(Optioned):
    regions = serializers.ListField(child=serializers.CharField(), allow_empty=False)


class CertifyMultiple(CertifyAll):
    modelIds = serializers.ListField(child=serializers.CharField(), allow_empty=False)


class CertifyModel(Optioned):
    modelId = serializers.CharField()
    region = serializers.CharField()
