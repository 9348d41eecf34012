"""What stands after the question mark."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from certification.engine import Category
from certification.queries.filters.dead_letters import UNANSWERED
from certification.queries.filters.standings import COMPLETED
from certification.states import DeadLetterStatus, JobStatus, JobType, PairStatus, StandingStatus
from models_registry.models import Kind

Query = serializers.Serializer[Any]


class PagedSerializer(Query):
    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)


class HistorySerializer(PagedSerializer):
    status = serializers.ChoiceField(JobStatus.choices, required=False)
    type = serializers.ChoiceField(JobType.choices, required=False)


class CertificationsFilterSerializer(Query):
    modelId = serializers.CharField(max_length=200, required=False, help_text="UUID or API id.")
    region = serializers.CharField(max_length=32, required=False)
    status = serializers.ChoiceField(
        [*StandingStatus.choices, (COMPLETED, "certified or quality warning")],
        required=False,
    )


class CertificationsSerializer(PagedSerializer, CertificationsFilterSerializer):
    pass


class JobCertificationsSerializer(PagedSerializer):
    search = serializers.CharField(
        max_length=200, required=False, help_text="Part of a model's name or id."
    )
    region = serializers.CharField(max_length=32, required=False)
    status = serializers.ChoiceField(PairStatus.choices, required=False)


class DeadLettersSerializer(PagedSerializer):
    status = serializers.ChoiceField(
        [(UNANSWERED, "open or requeued"), *DeadLetterStatus.choices],
        default=UNANSWERED,
    )
    region = serializers.CharField(max_length=32, required=False)
    category = serializers.ChoiceField([category.value for category in Category], required=False)
    search = serializers.CharField(
        max_length=200, required=False, help_text="Part of a model's name or id, or of the error."
    )


class ModelHistorySerializer(PagedSerializer):
    region = serializers.CharField(max_length=32, required=False)


class ModelsSerializer(Query):
    provider = serializers.CharField(max_length=50, required=False)
    vendor = serializers.CharField(max_length=100, required=False)
    search = serializers.CharField(max_length=200, required=False)


class MatrixSerializer(Query):
    vendor = serializers.CharField(max_length=100, required=False)
    kind = serializers.ChoiceField(Kind.choices, required=False)
    capability = serializers.CharField(max_length=64, required=False)
    search = serializers.CharField(max_length=200, required=False)
    regions = serializers.CharField(
        max_length=2000, required=False, help_text="Codes, with commas between them."
    )
    status = serializers.ChoiceField(StandingStatus.choices, required=False)


class CompareSerializer(Query):
    models = serializers.CharField(
        max_length=2000, required=False, help_text="2 to 10 UUIDs or API ids, with commas."
    )
    regions = serializers.CharField(
        max_length=2000,
        required=False,
        help_text="2 to 10 codes, with commas; beside `models`, the regions to look at.",
    )


def listed(text: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]
