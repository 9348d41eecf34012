"""The bodies that the API gives, in the field names of the system that it replaces."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from certification.engine import POLICIES, Category
from certification.jobs import Opened
from certification.models import CertificationJob, JobCertification
from certification.queries import Progress
from models_registry.models import AIModel, Region


class ModelReference(serializers.ModelSerializer[AIModel]):
    apiModelId = serializers.CharField(source="api_model_id")

    class Meta:
        model = AIModel
        fields = ("id", "name", "apiModelId")


class Model(ModelReference):
    provider = serializers.CharField(source="provider_id")
    inputModalities = serializers.JSONField(source="input_modalities")
    outputModalities = serializers.JSONField(source="output_modalities")
    contextWindow = serializers.IntegerField(source="context_window")
    maxOutputTokens = serializers.IntegerField(source="max_output_tokens")
    embeddingDimension = serializers.IntegerField(source="embedding_dimension")
    inputPrice = serializers.FloatField(source="input_price")
    outputPrice = serializers.FloatField(source="output_price")
    imagePrice = serializers.FloatField(source="image_price")

    class Meta:
        model = AIModel
        fields = (
            "id",
            "apiModelId",
            "name",
            "vendor",
            "provider",
            "kind",
            "lifecycle",
            "capabilities",
            "inputModalities",
            "outputModalities",
            "contextWindow",
            "maxOutputTokens",
            "embeddingDimension",
            "inputPrice",
            "outputPrice",
            "imagePrice",
        )


class RegionItem(serializers.ModelSerializer[Region]):
    name = serializers.CharField(source="display_name")

    class Meta:
        model = Region
        fields = ("id", "name", "geography")


class Certification(serializers.ModelSerializer[JobCertification]):
    """One pair in one job. Times in ms, cost in USD."""

    modelId = serializers.UUIDField(source="model_id")
    region = serializers.CharField(source="region_id")
    model = ModelReference()
    duration = serializers.IntegerField(source="duration_ms")
    error = serializers.SerializerMethodField()
    errorCategory = serializers.SerializerMethodField()
    errorMessage = serializers.CharField(source="error_message")
    advice = serializers.SerializerMethodField()
    latencyMs = serializers.IntegerField(source="latency_ms")
    ttftMs = serializers.IntegerField(source="ttft_ms")
    tokensPerSecond = serializers.FloatField(source="tokens_per_second")
    inputTokens = serializers.IntegerField(source="input_tokens")
    outputTokens = serializers.IntegerField(source="output_tokens")
    cost = serializers.FloatField()
    provedCapabilities = serializers.JSONField(source="proved")
    suiteVersion = serializers.CharField(source="suite_version")
    attempts = serializers.IntegerField(source="attempt")
    taskId = serializers.UUIDField(source="pk")
    createdAt = serializers.DateTimeField(source="created_at")
    startedAt = serializers.DateTimeField(source="started_at")
    completedAt = serializers.DateTimeField(source="completed_at")

    class Meta:
        model = JobCertification
        fields = (
            "id",
            "modelId",
            "region",
            "status",
            "passed",
            "score",
            "rating",
            "grade",
            "badge",
            "duration",
            "error",
            "errorCategory",
            "errorMessage",
            "advice",
            "simulated",
            "latencyMs",
            "ttftMs",
            "tokensPerSecond",
            "inputTokens",
            "outputTokens",
            "cost",
            "provedCapabilities",
            "suiteVersion",
            "attempts",
            "taskId",
            "createdAt",
            "startedAt",
            "completedAt",
            "model",
        )

    def get_error(self, pair: JobCertification) -> str | None:
        return pair.error_message or None

    def get_errorCategory(self, pair: JobCertification) -> str | None:
        return pair.error_category or None

    def get_advice(self, pair: JobCertification) -> str | None:
        if not pair.error_category:
            return None
        return gettext(POLICIES[Category(pair.error_category)].advice)


def job(job: CertificationJob, progress: Progress) -> dict[str, Any]:
    """A job with its counts, which count pairs."""
    return {
        "id": str(job.pk),
        "type": job.type,
        "status": job.status,
        "regions": job.regions,
        "modelIds": job.model_ids,
        "totalModels": progress.total,
        "processedModels": progress.processed,
        "successCount": progress.passed,
        "failureCount": progress.failure_count,
        "inconclusiveCount": progress.inconclusive,
        "unsupportedCount": progress.unsupported,
        "cancelledCount": progress.cancelled,
        "config": job.config,
        "error": job.error or None,
        "bullJobId": str(job.task_id),
        "taskId": str(job.task_id),
        "createdBy": job.created_by.get_username() if job.created_by else None,
        "createdAt": job.created_at,
        "startedAt": job.started_at,
        "completedAt": job.completed_at,
    }


def opened(opened: Opened) -> dict[str, Any]:
    job = opened.job
    return {
        "jobId": str(job.pk),
        "bullJobId": str(job.task_id),
        "taskId": str(job.task_id),
        "totalJobs": job.total_models,
        "modelIds": job.model_ids,
        "regions": job.regions,
        "status": job.status,
        "skipped": [
            {
                "modelId": str(item.model.pk),
                "apiModelId": item.model.api_model_id,
                "reason": item.reason,
            }
            for item in opened.skipped
        ],
    }
