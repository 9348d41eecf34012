"""Dead letters, circuit breakers, and the list of operations."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from certification.models import DeadLetter
from certification.outcomes.advice import advice_on
from certification.queue import circuit_breaker
from certification.states import Circuit, DeadLetterStatus

from .fields import BodySerializer, Moment
from .registry import ModelReferenceSerializer


class DeadLetterIdsSerializer(BodySerializer):
    deadLetterIds = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=10_000
    )


class DeadLetterSerializer(serializers.Serializer[Any]):
    """A pair that failed in every allowed attempt with an error that a retry could have solved."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(DeadLetterStatus.choices)
    certificationId = serializers.UUIDField(source="certification_id")
    jobId = serializers.UUIDField(source="certification.job_id")
    model = ModelReferenceSerializer(source="certification.model")
    region = serializers.CharField(source="certification.region_id")
    payload = serializers.DictField(help_text="What is needed to certify the pair again.")
    errorCategory = serializers.CharField(source="error_category")
    errorCode = serializers.CharField(source="error_code", allow_blank=True)
    errorMessage = serializers.CharField(source="error_message", allow_blank=True)
    advice = serializers.SerializerMethodField(help_text="What an operator can do about the error.")
    traceback = serializers.CharField(allow_blank=True)
    attempts = serializers.IntegerField()
    firstFailedAt = Moment(source="first_failed_at")
    lastFailedAt = Moment(source="last_failed_at")
    requeuedIn = serializers.UUIDField(
        source="requeued_in_id",
        allow_null=True,
        help_text="Id of the job that certifies it again.",
    )
    closedAt = Moment(source="closed_at", allow_null=True)

    def get_advice(self, dead_letter: DeadLetter) -> str | None:
        return advice_on(dead_letter.error_category) or None


class DismissedSerializer(serializers.Serializer[Any]):
    dismissed = serializers.IntegerField(help_text="How many were open or requeued.")


class LimitSerializer(BodySerializer):
    limit = serializers.IntegerField(
        min_value=1,
        max_value=circuit_breaker.MAX_LIMIT,
        allow_null=True,
        help_text="Pairs at a time; null for the limit of the deployment.",
    )


class BreakerSerializer(serializers.Serializer[Any]):
    """A region's circuit breaker and its slots. Counts are numbers of pairs."""

    region = serializers.CharField(source="region.pk")
    circuit = serializers.ChoiceField(Circuit.choices)
    limit = serializers.IntegerField(help_text="Pairs at a time, over all workers.")
    ownLimit = serializers.IntegerField(
        source="own_limit",
        allow_null=True,
        help_text="Null if the deployment's limit applies.",
    )
    processing = serializers.IntegerField()
    queued = serializers.IntegerField(help_text="Have a slot, not yet claimed by a worker.")
    waiting = serializers.IntegerField()
    failedModels = serializers.IntegerField(
        source="failed_models", help_text="Models that failed since the last success in the region."
    )
    failedProbes = serializers.IntegerField(source="failed_probes")
    reason = serializers.CharField(
        allow_blank=True, help_text="Error category that opened the circuit."
    )
    openedAt = Moment(source="opened_at", allow_null=True)
    retryAt = Moment(source="retry_at", allow_null=True)


class OperationSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="Its operationId in the OpenAPI document.")
    method = serializers.CharField()
    path = serializers.CharField()
    description = serializers.CharField()


class IndexSerializer(serializers.Serializer[Any]):
    documentation = serializers.CharField()
    schema = serializers.CharField()
    operations = OperationSerializer(many=True)
