"""What the API gives, in the field names of the system that it replaces."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_field
from knox.models import AuthToken
from rest_framework import serializers

from certification import models
from certification.accounts import tokens
from certification.engine import POLICIES, Category
from certification.models import CertificationJob, JobCertification, ModelCertification
from certification.models.verdict_fields import VerdictFields
from certification.queries.jobs import JobView, Progress
from certification.queries.pages import Page
from certification.states import (
    Circuit,
    DeadLetterStatus,
    JobStatus,
    JobType,
    PairStatus,
    StandingStatus,
)
from models_registry.models import AIModel, Provider, Region

Body = serializers.Serializer[Any]


class Moment(serializers.DateTimeField):
    """A time in UTC, whatever the screens' time zone is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)


def _advice(category: str) -> str | None:
    if category not in Category.__members__:
        return None
    return gettext(POLICIES[Category(category)].advice)


# --- Registry ---------------------------------------------------------------------------------


class ModelReference(serializers.ModelSerializer[AIModel]):
    apiModelId = serializers.CharField(source="api_model_id")

    class Meta:
        model = AIModel
        fields: tuple[str, ...] = ("id", "name", "apiModelId")


class Model(ModelReference):
    """A model as the catalogue declares it. Windows in tokens, prices in USD (per million tokens,
    or per image)."""

    provider = serializers.CharField(source="provider_id")
    capabilities = serializers.DictField(child=serializers.BooleanField())
    inputModalities = serializers.ListField(
        source="input_modalities", child=serializers.CharField()
    )
    outputModalities = serializers.ListField(
        source="output_modalities", child=serializers.CharField()
    )
    contextWindow = serializers.IntegerField(source="context_window", allow_null=True)
    maxOutputTokens = serializers.IntegerField(source="max_output_tokens", allow_null=True)
    embeddingDimension = serializers.IntegerField(source="embedding_dimension", allow_null=True)
    inputPrice = serializers.FloatField(source="input_price", allow_null=True)
    outputPrice = serializers.FloatField(source="output_price", allow_null=True)
    imagePrice = serializers.FloatField(source="image_price", allow_null=True)
    isActive = serializers.BooleanField(source="is_active")
    isCertifiable = serializers.BooleanField(source="is_certifiable")

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
            "isActive",
            "isCertifiable",
        )


class ProviderItem(serializers.ModelSerializer[Provider]):
    isCertifiable = serializers.BooleanField(source="is_certifiable")

    class Meta:
        model = Provider
        fields = ("id", "name", "isCertifiable")


class RegionItem(serializers.ModelSerializer[Region]):
    name = serializers.CharField(source="display_name")

    class Meta:
        model = Region
        fields = ("id", "name", "geography")


# --- Certifications ---------------------------------------------------------------------------


class Verdict(Body):
    """What a certification came to. Times in ms, cost in USD."""

    passed = serializers.BooleanField(allow_null=True)
    score = serializers.FloatField(allow_null=True, min_value=0, max_value=100)
    rating = serializers.FloatField(allow_null=True, min_value=0, max_value=5)
    grade = serializers.SerializerMethodField()
    badge = serializers.ChoiceField(["GOLD", "SILVER", "BRONZE"], allow_null=True)
    duration = serializers.IntegerField(source="duration_ms", allow_null=True)
    error = serializers.SerializerMethodField(help_text="The same as errorMessage.")
    errorMessage = serializers.SerializerMethodField(method_name="get_error")
    errorCategory = serializers.SerializerMethodField()
    errorCode = serializers.SerializerMethodField()
    advice = serializers.SerializerMethodField(help_text="What the operator can do.")
    simulated = serializers.BooleanField(allow_null=True)
    latencyMs = serializers.IntegerField(source="latency_ms", allow_null=True)
    ttftMs = serializers.IntegerField(source="ttft_ms", allow_null=True)
    tokensPerSecond = serializers.FloatField(source="tokens_per_second", allow_null=True)
    inputTokens = serializers.IntegerField(source="input_tokens")
    outputTokens = serializers.IntegerField(source="output_tokens")
    cost = serializers.FloatField(allow_null=True)
    provedCapabilities = serializers.DictField(source="proved", child=serializers.BooleanField())
    suiteVersion = serializers.CharField(source="suite_version", allow_blank=True)
    startedAt = Moment(source="started_at", allow_null=True)
    completedAt = Moment(source="completed_at", allow_null=True)

    @extend_schema_field(serializers.ChoiceField(list("ABCDF"), allow_null=True))
    def get_grade(self, row: VerdictFields) -> str | None:
        return row.grade or None

    def get_error(self, row: VerdictFields) -> str | None:
        return row.error_message or None

    @extend_schema_field(
        serializers.ChoiceField([category.value for category in Category], allow_null=True)
    )
    def get_errorCategory(self, row: VerdictFields) -> str | None:
        return row.error_category or None

    def get_errorCode(self, row: VerdictFields) -> str | None:
        return row.error_code or None

    def get_advice(self, row: VerdictFields) -> str | None:
        return _advice(row.error_category)


class Details(Body):
    """The part of a certification that the replaced system kept as JSON."""

    score = serializers.FloatField(allow_null=True)
    rating = serializers.FloatField(allow_null=True)
    simulated = serializers.BooleanField(allow_null=True)


class JobCertificationItem(Verdict):
    """One pair in one job."""

    id = serializers.UUIDField()
    jobId = serializers.UUIDField(source="job_id")
    modelId = serializers.UUIDField(source="model_id")
    region = serializers.CharField(source="region_id")
    status = serializers.ChoiceField(PairStatus.choices)
    attempts = serializers.IntegerField(source="attempt")
    taskId = serializers.UUIDField(source="pk")
    createdAt = Moment(source="created_at")
    details = Details(source="*")
    model = ModelReference()


class Check(Body):
    """One check of a certification. Times in ms, cost in USD as text."""

    id = serializers.CharField()
    title = serializers.SerializerMethodField()
    status = serializers.ChoiceField(["PASSED", "FAILED", "SKIPPED", "ERROR"])
    points = serializers.FloatField(min_value=0, max_value=1)
    weight = serializers.FloatField()
    note = serializers.SerializerMethodField(help_text="Why the points are not 1.")
    latencyMs = serializers.IntegerField(allow_null=True)
    ttftMs = serializers.IntegerField(allow_null=True)

    def get_title(self, check: dict[str, Any]) -> str:
        return gettext(check["title"])

    def get_note(self, check: dict[str, Any]) -> str | None:
        note = check.get("note")
        return gettext(note["text"]) % note["params"] if note else None


class CheckFault(Body):
    """The call that brought no answer to judge."""

    category = serializers.CharField()
    code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)


class WholeCheck(Check):
    """A check with every call that it made: what was asked, and what came back."""

    isRequired = serializers.BooleanField(source="required")
    counts = serializers.BooleanField(help_text="Whether it is in the score's denominator.")
    tokensPerSecond = serializers.FloatField(allow_null=True)
    inputTokens = serializers.IntegerField()
    outputTokens = serializers.IntegerField()
    cost = serializers.CharField(allow_null=True)
    error = CheckFault(allow_null=True)
    calls = serializers.ListField(child=serializers.DictField())


class Record(JobCertificationItem):
    """A pair with every check."""

    checks = serializers.SerializerMethodField()

    @extend_schema_field(WholeCheck(many=True))
    def get_checks(self, pair: JobCertification) -> list[Any]:
        evidence = getattr(pair, "evidence", None)
        return list(WholeCheck(evidence.results if evidence else [], many=True).data)


class Standing(Verdict):
    """The present standing of a model in a region."""

    id = serializers.UUIDField()
    modelId = serializers.UUIDField(source="model_id")
    region = serializers.CharField(source="region_id")
    status = serializers.ChoiceField(StandingStatus.choices, help_text="Follows a running job.")
    verdict = serializers.SerializerMethodField(help_text="Of the last certification.")
    stale = serializers.SerializerMethodField()
    staleReason = serializers.SerializerMethodField()
    testResults = Check(source="test_results", many=True)
    jobId = serializers.UUIDField(source="job_id", allow_null=True)
    certificationId = serializers.UUIDField(source="certification_id", allow_null=True)
    createdAt = Moment(source="created_at")
    updatedAt = Moment(source="updated_at")
    model = ModelReference()

    @extend_schema_field(serializers.ChoiceField(StandingStatus.choices, allow_null=True))
    def get_verdict(self, row: ModelCertification) -> str | None:
        return row.verdict or None

    def get_stale(self, row: ModelCertification) -> bool:
        return bool(row.stale_reason)

    def get_staleReason(self, row: ModelCertification) -> str | None:
        return row.stale_reason or None


# --- Jobs -------------------------------------------------------------------------------------


class Job(Body):
    """A job with its counts, which count pairs, and the first of its certifications."""

    id = serializers.UUIDField(source="job.pk")
    type = serializers.ChoiceField(JobType.choices, source="job.type")
    status = serializers.ChoiceField(JobStatus.choices, source="job.status")
    regions = serializers.ListField(source="job.regions", child=serializers.CharField())
    modelIds = serializers.ListField(source="job.model_ids", child=serializers.UUIDField())
    totalModels = serializers.IntegerField(source="progress.total")
    processedModels = serializers.IntegerField(source="progress.processed")
    successCount = serializers.IntegerField(source="progress.passed")
    failureCount = serializers.IntegerField(
        source="progress.failure_count", help_text="Failed and inconclusive ones."
    )
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
    updatedAt = serializers.SerializerMethodField(help_text="Of the last change of its status.")
    duration = serializers.SerializerMethodField(help_text="From its start to its end, ms.")
    certifications = JobCertificationItem(many=True)
    certificationsTotal = serializers.IntegerField(source="progress.total")

    def get_error(self, view: JobView) -> str | None:
        return view.job.error or None

    def get_createdBy(self, view: JobView) -> str | None:
        return view.job.created_by.get_username() if view.job.created_by else None

    @extend_schema_field(Moment())
    def get_updatedAt(self, view: JobView) -> str:
        job = view.job
        last = job.completed_at or job.started_at or job.created_at
        return str(Moment().to_representation(last))

    def get_duration(self, view: JobView) -> int | None:
        started, completed = view.job.started_at, view.job.completed_at
        if started is None or completed is None:
            return None
        return round((completed - started).total_seconds() * 1000)


class SkippedModel(Body):
    modelId = serializers.CharField(source="model_id")
    apiModelId = serializers.CharField(source="api_model_id")
    reason = serializers.CharField()


class OpenedJob(Body):
    jobId = serializers.UUIDField(source="job.pk")
    bullJobId = serializers.UUIDField(source="job.task_id", help_text="The same as taskId.")
    taskId = serializers.UUIDField(source="job.task_id")
    totalJobs = serializers.IntegerField(source="job.total_models", help_text="Pairs.")
    modelIds = serializers.ListField(source="job.model_ids", child=serializers.UUIDField())
    regions = serializers.ListField(source="job.regions", child=serializers.CharField())
    status = serializers.ChoiceField(JobStatus.choices)
    skipped = SkippedModel(many=True)


class OpenedModelJob(OpenedJob):
    modelId = serializers.SerializerMethodField()
    region = serializers.SerializerMethodField()

    @extend_schema_field(serializers.UUIDField())
    def get_modelId(self, opened: Any) -> str:
        return str(opened.job.model_ids[0])

    def get_region(self, opened: Any) -> str:
        return str(opened.job.regions[0])


# --- Lists and sums ---------------------------------------------------------------------------


class Pagination(Body):
    page = serializers.IntegerField(source="number")
    pageSize = serializers.IntegerField(source="size")
    total = serializers.IntegerField()
    totalPages = serializers.IntegerField(source="pages")


class JobPage(Body):
    jobs = Job(source="items", many=True)
    pagination = Pagination(source="*")


class StandingPage(Body):
    certifications = Standing(source="items", many=True)
    pagination = Pagination(source="*")


class JobCertificationPage(Body):
    certifications = JobCertificationItem(source="items", many=True)
    pagination = Pagination(source="*")


# --- Operations -------------------------------------------------------------------------------


class DeadLetter(Body):
    """A pair that was given up: every allowed attempt met an error that another try could mend."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(DeadLetterStatus.choices)
    certificationId = serializers.UUIDField(source="certification_id")
    jobId = serializers.UUIDField(source="certification.job_id")
    model = ModelReference(source="certification.model")
    region = serializers.CharField(source="certification.region_id")
    payload = serializers.DictField(help_text="What was asked for.")
    errorCategory = serializers.CharField(source="error_category")
    errorCode = serializers.CharField(source="error_code", allow_blank=True)
    errorMessage = serializers.CharField(source="error_message", allow_blank=True)
    advice = serializers.SerializerMethodField(help_text="What the operator can do.")
    traceback = serializers.CharField(allow_blank=True)
    attempts = serializers.IntegerField()
    firstFailedAt = Moment(source="first_failed_at")
    lastFailedAt = Moment(source="last_failed_at")
    requeuedIn = serializers.UUIDField(
        source="requeued_in_id", allow_null=True, help_text="A job's id."
    )
    closedAt = Moment(source="closed_at", allow_null=True)

    def get_advice(self, dead_letter: models.DeadLetter) -> str | None:
        return _advice(dead_letter.error_category)


class DeadLetterPage(Body):
    deadLetters = DeadLetter(source="items", many=True)
    pagination = Pagination(source="*")


class Dismissed(Body):
    dismissed = serializers.IntegerField(help_text="How many of them still waited.")


class Breaker(Body):
    """A region's circuit and its places; counts are of pairs."""

    region = serializers.CharField(source="region.pk")
    circuit = serializers.ChoiceField(Circuit.choices)
    limit = serializers.IntegerField(help_text="Pairs at a time, over all workers.")
    ownLimit = serializers.IntegerField(
        source="own_limit", allow_null=True, help_text="Null for the deployment's own limit."
    )
    processing = serializers.IntegerField()
    queued = serializers.IntegerField(help_text="With a place, about to be taken by a worker.")
    waiting = serializers.IntegerField()
    failedModels = serializers.IntegerField(
        source="failed_models", help_text="Models in trouble since the region last answered."
    )
    failedProbes = serializers.IntegerField(source="failed_probes")
    reason = serializers.CharField(allow_blank=True, help_text="An error category.")
    openedAt = Moment(source="opened_at", allow_null=True)
    retryAt = Moment(source="retry_at", allow_null=True)


class RegionStatistics(Body):
    region = serializers.CharField(source="region_id")
    total = serializers.IntegerField()
    passed = serializers.IntegerField(source="passes")
    failed = serializers.IntegerField(source="failures")
    unsupported = serializers.IntegerField()
    inconclusive = serializers.IntegerField()
    averageScore = serializers.FloatField(source="average", allow_null=True)


class Statistics(Body):
    """Standings are those that the matrix shows: of certifiable models, in active regions."""

    jobs = serializers.DictField(child=serializers.IntegerField(), help_text="By status.")
    certifications = serializers.DictField(
        child=serializers.IntegerField(), help_text="Standings by status."
    )
    verdicts = serializers.DictField(
        child=serializers.IntegerField(), help_text="Standings by last verdict."
    )
    queue = serializers.DictField(
        child=serializers.IntegerField(), help_text="Open pairs by status."
    )
    regions = RegionStatistics(many=True)
    workers = serializers.IntegerField(help_text="Alive now.")
    stale = serializers.IntegerField()
    openBreakers = serializers.IntegerField(source="open_breakers")
    deadLetters = serializers.IntegerField(
        source="dead_letters", help_text="Those that wait for an answer."
    )
    averageScore = serializers.FloatField(source="average_score", allow_null=True)
    averageLatencyMs = serializers.FloatField(source="average_latency_ms", allow_null=True)


class Cell(Body):
    status = serializers.ChoiceField(StandingStatus.choices)
    verdict = serializers.ChoiceField(StandingStatus.choices, allow_null=True)
    passed = serializers.BooleanField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    grade = serializers.ChoiceField(list("ABCDF"), allow_null=True)
    badge = serializers.ChoiceField(["GOLD", "SILVER", "BRONZE"], allow_null=True)
    staleReason = serializers.CharField(allow_null=True)
    simulated = serializers.BooleanField(allow_null=True)
    completedAt = Moment(allow_null=True)
    ageSeconds = serializers.IntegerField(allow_null=True)


class Matrix(Body):
    """`cells[model id][region]`; a pair that never was in a job has no cell."""

    models = ModelReference(many=True)
    regions = RegionItem(many=True)
    cells = serializers.DictField(child=serializers.DictField(child=Cell()))


class Side(Body):
    """Over the standings that have a verdict. Scores 0-100; times in ms, medians of the standings'
    own; cost in USD a certification; checks by their mean points."""

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


class Comparison(Body):
    by = serializers.ChoiceField(["models", "regions"], source="axis")
    sides = Side(many=True)
    differingChecks = serializers.ListField(source="differing", child=serializers.CharField())


# --- Tokens -----------------------------------------------------------------------------------


class Token(Body):
    token = serializers.CharField(help_text="Shown this once.")
    expiresAt = Moment()


class TokenItem(Body):
    id = serializers.SerializerMethodField()
    user = serializers.CharField(source="user.username")
    createdAt = Moment(source="created")
    expiresAt = Moment(source="expiry", allow_null=True)

    def get_id(self, row: AuthToken) -> str:
        return tokens.short(row)


class BadgeState(Body):
    public = serializers.BooleanField()
    url = serializers.CharField()


def job(found: CertificationJob, progress: Progress) -> dict[str, Any]:
    """A job without its certifications."""
    body = dict(Job(JobView(found, progress, [])).data)
    del body["certifications"]
    return body


def paged(serializer: type[Body], page: Page[Any]) -> Any:
    return serializer(page).data
