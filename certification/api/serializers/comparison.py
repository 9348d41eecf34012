"""Models or regions side by side."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class SideSerializer(serializers.Serializer[Any]):
    """A model or region, over its standings that have a verdict. Score from 0 to 100; times in ms,
    medians of the standings' medians; cost in USD per certification; mean points by check."""

    id = serializers.CharField()
    name = serializers.CharField()
    certifications = serializers.IntegerField()
    passed = serializers.IntegerField()
    score = serializers.FloatField(allow_null=True)
    latencyP50Ms = serializers.IntegerField(source="latency_p50_ms", allow_null=True)
    ttftP50Ms = serializers.IntegerField(source="ttft_p50_ms", allow_null=True)
    tokensPerSecond = serializers.FloatField(source="tokens_per_second", allow_null=True)
    cost = serializers.FloatField(allow_null=True)
    checks = serializers.DictField(child=serializers.FloatField())


class ComparisonSerializer(serializers.Serializer[Any]):
    by = serializers.ChoiceField(["models", "regions"], source="axis")
    sides = SideSerializer(many=True)
    differingChecks = serializers.ListField(source="differing", child=serializers.CharField())
