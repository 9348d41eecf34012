"""Jobs, and the requests that open them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from certification.jobs.requests import Options
from certification.models import CertificationJob
from certification.queries.jobs import JobView, Progress
from certification.states import STALE, JobStatus, JobType, RouteKind, StandingStatus

from .certifications import JobCertificationItemSerializer
from .fields import BodySerializer, Moment, names

# Limits against mistakes and attacks.
MOST_MODELS = 500
MOST_REGIONS = 100


class ConfigSerializer(BodySerializer):
    probeUnoffered = serializers.BooleanField(
        default=False,
        help_text="Also certify where the model is not listed as offered.",
    )
    checks = serializers.ListField(
        child=serializers.CharField(max_length=64),
        default=list,
        max_length=50,
        help_text="On-demand checks to run as well, such as `needle`.",
    )


class OptionedSerializer(BodySerializer):
    # Who opens a job is who owns the token.
    ignored = ("createdBy",)

    config = ConfigSerializer(required=False)
    routes = serializers.ListField(
        child=serializers.ChoiceField(RouteKind.choices),
        required=False,
        allow_empty=False,
        help_text="Kinds of routes that may be used; if omitted, all that the deployment allows.",
    )

    @property
    def options(self) -> Options:
        given = self.validated_data
        return Options.of_config({**given.get("config", {}), "routes": given.get("routes", ())})


class CertifyAllSerializer(OptionedSerializer):
    regions = names(MOST_REGIONS)


class CertifyMultipleSerializer(CertifyAllSerializer):
    modelIds = names(MOST_MODELS)


class CertifyModelSerializer(OptionedSerializer):
    modelId = serializers.CharField(max_length=200, help_text="UUID or API model id.")
    region = serializers.CharField(max_length=32)


class RetryFailedSerializer(BodySerializer):
    ignored = ("createdBy",)

    certificationIds = serializers.ListField(
        child=serializers.UUIDField(),
        default=list,
        max_length=10_000,
        help_text="Which of the failed, blocked and inconclusive certifications to retry; all if "
        "omitted.",
    )


class RecertifySerializer(OptionedSerializer):
    """Conditions are joined by AND; `all` says that none is wanted."""

    all = serializers.BooleanField(
        default=False, help_text="Needed to certify everything again, without a condition."
    )
    olderThanDays = serializers.FloatField(min_value=0, max_value=36_500, required=False)
    statuses = serializers.ListField(
        child=serializers.ChoiceField(
            [
                StandingStatus.CERTIFIED,
                StandingStatus.QUALITY_WARNING,
                StandingStatus.FAILED,
                StandingStatus.BLOCKED,
                StandingStatus.INCONCLUSIVE,
                StandingStatus.UNSUPPORTED,
                STALE,
            ]
        ),
        default=list,
        max_length=10,
        help_text="The last verdict, or `STALE`: could not be judged since, or expired.",
    )
    modelIds = names(MOST_MODELS, required=False)
    regions = names(MOST_REGIONS, required=False)


class JobSerializer(serializers.Serializer[Any]):
    """A job with its first certifications. All counts are numbers of pairs."""

    id = serializers.UUIDField(source="job.pk")
    type = serializers.ChoiceField(JobType.choices, source="job.type")
    status = serializers.ChoiceField(JobStatus.choices, source="job.status")
    regions = serializers.ListField(source="job.regions", child=serializers.CharField())
    modelIds = serializers.ListField(source="job.model_ids", child=serializers.UUIDField())
    totalModels = serializers.IntegerField(source="progress.total")
    processedModels = serializers.IntegerField(source="progress.processed")
    successCount = serializers.IntegerField(source="progress.passed")
    failureCount = serializers.IntegerField(
        source="progress.failure_count", help_text="Failed, blocked and inconclusive pairs."
    )
    blockedCount = serializers.IntegerField(source="progress.blocked")
    inconclusiveCount = serializers.IntegerField(source="progress.inconclusive")
    unsupportedCount = serializers.IntegerField(source="progress.unsupported")
    cancelledCount = serializers.IntegerField(source="progress.cancelled")
    config = serializers.DictField(source="job.config")
    error = serializers.SerializerMethodField()
    bullJobId = serializers.UUIDField(source="job.task_id", help_text="The same as taskId.")
    taskId = serializers.UUIDField(source="job.task_id")
    retryOf = serializers.UUIDField(source="job.retry_of_id", allow_null=True)
    createdBy = serializers.SerializerMethodField()
    createdAt = Moment(source="job.created_at")
    startedAt = Moment(source="job.started_at", allow_null=True)
    completedAt = Moment(source="job.completed_at", allow_null=True)
    updatedAt = serializers.SerializerMethodField(help_text="When the status last changed.")
    duration = serializers.IntegerField(
        source="job.duration_ms", allow_null=True, help_text="From start to completion, in ms."
    )
    certifications = JobCertificationItemSerializer(many=True)
    certificationsTotal = serializers.IntegerField(source="progress.total")

    def get_error(self, view: JobView) -> str | None:
        return view.job.error or None

    def get_createdBy(self, view: JobView) -> str | None:
        return view.job.created_by.get_username() if view.job.created_by else None

    @extend_schema_field(Moment())
    def get_updatedAt(self, view: JobView) -> str:
        job = view.job
        # A process of an earlier version changes jobs without saying so in updated_at.
        times = (job.updated_at, job.completed_at, job.started_at, job.created_at)
        return str(Moment().to_representation(max(time for time in times if time)))


class SkippedModelSerializer(serializers.Serializer[Any]):
    modelId = serializers.CharField(source="model_id")
    apiModelId = serializers.CharField(source="api_model_id")
    reason = serializers.CharField()


class OpenedJobSerializer(serializers.Serializer[Any]):
    jobId = serializers.UUIDField(source="job.pk")
    bullJobId = serializers.UUIDField(source="job.task_id", help_text="The same as taskId.")
    taskId = serializers.UUIDField(source="job.task_id")
    totalJobs = serializers.IntegerField(source="job.total_models", help_text="Number of pairs.")
    modelIds = serializers.ListField(source="job.model_ids", child=serializers.UUIDField())
    regions = serializers.ListField(source="job.regions", child=serializers.CharField())
    status = serializers.ChoiceField(JobStatus.choices)
    skipped = SkippedModelSerializer(many=True)


class OpenedModelJobSerializer(OpenedJobSerializer):
    modelId = serializers.SerializerMethodField()
    region = serializers.SerializerMethodField()

    @extend_schema_field(serializers.UUIDField())
    def get_modelId(self, opened: Any) -> str:
        return str(opened.job.model_ids[0])

    def get_region(self, opened: Any) -> str:
        return str(opened.job.regions[0])


def job_summary(found: CertificationJob, progress: Progress) -> dict[str, Any]:
    """Returns the answer about a job, without its certifications."""
    body = dict(JobSerializer(JobView(found, progress, [])).data)
    del body["certifications"]
    return body
