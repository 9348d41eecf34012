"""Pairs of jobs, standings, the matrix, statistics and badges."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from certification import queries
from certification.engine import Category
from certification.models import JobCertification, ModelCertification
from certification.models.verdict_fields import VerdictFields
from certification.outcomes.advice import advice_on
from certification.queries.shown_standings import stale_reason_of, status_of
from certification.states import (
    AttemptOutcome,
    PairStatus,
    RouteKind,
    RouteOutcome,
    StandingStatus,
)
from models_registry.models import AIModel

from .fields import BodySerializer, Moment, in_utc
from .registry import (
    ModelReferenceSerializer,
    ModelWithProviderSerializer,
    RegionItemSerializer,
)


class RouteSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The model id or inference profile that was called.")
    kind = serializers.ChoiceField(RouteKind.choices)


class RouteResultSerializer(RouteSerializer):
    """A route and what came of it. Latency in ms."""

    outcome = serializers.ChoiceField(RouteOutcome.choices)
    category = serializers.ChoiceField(
        [category.value for category in Category],
        allow_null=True,
        help_text="Why it was refused, or could not be probed.",
    )
    message = serializers.CharField(allow_blank=True, help_text="The service's own words.")
    latencyMs = serializers.IntegerField(allow_null=True)


class VerdictSerializer(serializers.Serializer[Any]):
    """The result of a certification. Times in ms, cost in USD."""

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
    advice = serializers.SerializerMethodField(help_text="What an operator can do about the error.")
    simulated = serializers.BooleanField(allow_null=True)
    endpoint = serializers.SerializerMethodField(
        help_text="The address that was called in AWS's place; null for AWS itself."
    )
    latencyMs = serializers.IntegerField(source="latency_ms", allow_null=True)
    ttftMs = serializers.IntegerField(source="ttft_ms", allow_null=True)
    tokensPerSecond = serializers.FloatField(source="tokens_per_second", allow_null=True)
    inputTokens = serializers.IntegerField(source="input_tokens")
    outputTokens = serializers.IntegerField(source="output_tokens")
    cost = serializers.FloatField(allow_null=True)
    provedCapabilities = serializers.DictField(source="proved", child=serializers.BooleanField())
    deadCapabilities = serializers.ListField(
        source="dead",
        child=serializers.CharField(),
        help_text="Declared abilities of which a check got no points.",
    )
    unsteadyCount = serializers.IntegerField(
        source="unsteady", help_text="Checks with different results when they were asked again."
    )
    route = serializers.SerializerMethodField(help_text="The route that the checks ran over.")
    routes = serializers.SerializerMethodField(help_text="Every route, in order of preference.")
    suiteVersion = serializers.CharField(source="suite_version", allow_blank=True)
    startedAt = Moment(source="started_at", allow_null=True)
    completedAt = Moment(source="completed_at", allow_null=True)

    @extend_schema_field(serializers.ChoiceField(list("ABCDF"), allow_null=True))
    def get_grade(self, row: VerdictFields) -> str | None:
        return row.grade or None

    @extend_schema_field(RouteSerializer(allow_null=True))
    def get_route(self, row: VerdictFields) -> dict[str, str] | None:
        return {"id": row.route_id, "kind": row.route_kind} if row.route_id else None

    @extend_schema_field(RouteResultSerializer(many=True))
    def get_routes(self, row: VerdictFields) -> Any:
        return row.routes

    def get_error(self, row: VerdictFields) -> str | None:
        return row.error_message or None

    @extend_schema_field(
        serializers.ChoiceField([category.value for category in Category], allow_null=True)
    )
    def get_errorCategory(self, row: VerdictFields) -> str | None:
        return row.error_category or None

    def get_endpoint(self, row: VerdictFields) -> str | None:
        return row.endpoint or None

    def get_errorCode(self, row: VerdictFields) -> str | None:
        return row.error_code or None

    def get_advice(self, row: VerdictFields) -> str | None:
        return advice_on(row.error_category) or None


class DetailsSerializer(serializers.Serializer[Any]):
    """The fields that the replaced system stored as JSON, for its clients."""

    score = serializers.FloatField(allow_null=True)
    rating = serializers.FloatField(allow_null=True)
    simulated = serializers.BooleanField(allow_null=True)


class JobCertificationItemSerializer(VerdictSerializer):
    """One pair in one job."""

    id = serializers.UUIDField()
    jobId = serializers.UUIDField(source="job_id")
    modelId = serializers.UUIDField(source="model_id")
    region = serializers.CharField(source="region_id")
    status = serializers.ChoiceField(PairStatus.choices)
    attempts = serializers.IntegerField(source="attempt")
    taskId = serializers.UUIDField(source="pk")
    createdAt = Moment(source="created_at")
    details = DetailsSerializer(source="*")
    model = ModelReferenceSerializer()

    def to_representation(self, pair: JobCertification) -> dict[str, Any]:
        """Returns what the fields say, at a tenth of the time."""
        return shown_pair(pair, pair.model)


def shown_pair(pair: Any, model: AIModel | None = None) -> dict[str, Any]:
    """Returns the answer about a pair: an instance with its model, or a row of queries.pairs.shown.
    Equal to what JobCertificationItemSerializer declares."""
    name = model.name if model else pair.model__name
    api_model_id = model.api_model_id if model else pair.model__api_model_id
    pair_id, model_id, cost = str(pair.pk), str(pair.model_id), pair.cost
    return {
        "passed": pair.passed,
        "score": pair.score,
        "rating": pair.rating,
        "grade": pair.grade or None,
        "badge": pair.badge,
        "duration": pair.duration_ms,
        "error": pair.error_message or None,
        "errorMessage": pair.error_message or None,
        "errorCategory": pair.error_category or None,
        "errorCode": pair.error_code or None,
        "advice": (advice_on(pair.error_category) or None) if pair.error_category else None,
        "simulated": pair.simulated,
        "endpoint": pair.endpoint or None,
        "latencyMs": pair.latency_ms,
        "ttftMs": pair.ttft_ms,
        "tokensPerSecond": pair.tokens_per_second,
        "inputTokens": pair.input_tokens,
        "outputTokens": pair.output_tokens,
        "cost": None if cost is None else float(cost),
        "provedCapabilities": pair.proved,
        "deadCapabilities": pair.dead,
        "unsteadyCount": pair.unsteady,
        "route": {"id": pair.route_id, "kind": pair.route_kind} if pair.route_id else None,
        "routes": pair.routes,
        "suiteVersion": pair.suite_version,
        "startedAt": in_utc(pair.started_at),
        "completedAt": in_utc(pair.completed_at),
        "id": pair_id,
        "jobId": str(pair.job_id),
        "modelId": model_id,
        "region": pair.region_id,
        "status": pair.status,
        "attempts": pair.attempt,
        "taskId": pair_id,
        "createdAt": in_utc(pair.created_at),
        "details": {
            "score": pair.score,
            "rating": pair.rating,
            "simulated": pair.simulated,
        },
        "model": {
            "id": model_id,
            "name": name,
            "apiModelId": api_model_id,
        },
    }


class CheckSerializer(serializers.Serializer[Any]):
    """One check of a certification. Times in ms, cost in USD as text."""

    id = serializers.CharField()
    title = serializers.SerializerMethodField()
    status = serializers.ChoiceField(["PASSED", "FAILED", "SKIPPED", "ERROR"])
    points = serializers.FloatField(min_value=0, max_value=1)
    weight = serializers.FloatField()
    note = serializers.SerializerMethodField(help_text="Why the check has less than 1 point.")
    latencyMs = serializers.IntegerField(allow_null=True)
    ttftMs = serializers.IntegerField(allow_null=True)
    asks = serializers.IntegerField(default=1, help_text="How many times the check was run.")
    passes = serializers.SerializerMethodField(help_text="In how many of them it passed.")
    unsteady = serializers.BooleanField(
        default=False, help_text="Whether the asks had different results."
    )

    def get_passes(self, check: dict[str, Any]) -> int:
        return int(check.get("passes", check["status"] == "PASSED"))

    def get_title(self, check: dict[str, Any]) -> str:
        return gettext(check["title"])

    def get_note(self, check: dict[str, Any]) -> str | None:
        note = check.get("note")
        return gettext(note["text"]) % note["params"] if note else None


class CheckFaultSerializer(serializers.Serializer[Any]):
    """The error of a call that returned no answer to judge."""

    category = serializers.CharField()
    code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)


class WholeCheckSerializer(CheckSerializer):
    """A check with the request and the response of each of its calls."""

    isRequired = serializers.BooleanField(source="required")
    counts = serializers.BooleanField(help_text="Whether the check counts towards the score.")
    tokensPerSecond = serializers.FloatField(allow_null=True)
    inputTokens = serializers.IntegerField()
    outputTokens = serializers.IntegerField()
    cost = serializers.CharField(allow_null=True)
    error = CheckFaultSerializer(allow_null=True)
    calls = serializers.ListField(child=serializers.DictField())


class AttemptCheckSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.CharField()
    latencyMs = serializers.IntegerField(allow_null=True)
    errorCategory = serializers.CharField(allow_null=True)


class AttemptSerializer(serializers.Serializer[Any]):
    """How one attempt of a pair ended, with the checks that ran."""

    number = serializers.IntegerField()
    outcome = serializers.ChoiceField(AttemptOutcome.choices)
    worker = serializers.CharField(allow_blank=True, help_text="Host and process.")
    startedAt = Moment(source="started_at", allow_null=True)
    endedAt = Moment(source="ended_at")
    errorCategory = serializers.CharField(source="error_category", allow_blank=True)
    errorCode = serializers.CharField(source="error_code", allow_blank=True)
    error = serializers.CharField(source="error_message", allow_blank=True)
    checks = AttemptCheckSerializer(many=True)


class RecordSerializer(JobCertificationItemSerializer):
    """A pair with all of its checks, and the log of its attempts."""

    checks = serializers.SerializerMethodField()
    attemptLog = AttemptSerializer(source="attempt_log", many=True)

    def to_representation(self, pair: JobCertification) -> dict[str, Any]:
        log = AttemptSerializer(queries.pairs.attempts_of(pair), many=True).data
        shown = super().to_representation(pair)
        return {**shown, "checks": self.get_checks(pair), "attemptLog": log}

    @extend_schema_field(WholeCheckSerializer(many=True))
    def get_checks(self, pair: JobCertification) -> list[Any]:
        evidence = getattr(pair, "evidence", None)
        return list(WholeCheckSerializer(evidence.results if evidence else [], many=True).data)


class StandingSerializer(VerdictSerializer):
    """The present standing of a model in a region."""

    id = serializers.UUIDField()
    modelId = serializers.UUIDField(source="model_id")
    region = serializers.CharField(source="region_id")
    status = serializers.SerializerMethodField(
        help_text="Of a running job, else the last verdict; the last verdict, too, while the "
        "region's circuit is open."
    )
    verdict = serializers.SerializerMethodField(help_text="Of the last certification.")
    stale = serializers.SerializerMethodField()
    staleReason = serializers.SerializerMethodField()
    testResults = CheckSerializer(source="test_results", many=True)
    jobId = serializers.UUIDField(source="job_id", allow_null=True)
    createdBy = serializers.SerializerMethodField(help_text="Who first certified the pair.")
    certificationId = serializers.UUIDField(source="certification_id", allow_null=True)
    createdAt = Moment(source="created_at")
    updatedAt = Moment(source="updated_at")
    model = ModelWithProviderSerializer()

    @extend_schema_field(serializers.ChoiceField(StandingStatus.choices))
    def get_status(self, row: ModelCertification) -> str:
        return status_of(row)

    @extend_schema_field(serializers.ChoiceField(StandingStatus.choices, allow_null=True))
    def get_verdict(self, row: ModelCertification) -> str | None:
        return row.verdict or None

    def get_createdBy(self, row: ModelCertification) -> str | None:
        return row.created_by.get_username() if row.created_by else None

    def get_stale(self, row: ModelCertification) -> bool:
        return bool(self.get_staleReason(row))

    def get_staleReason(self, row: ModelCertification) -> str | None:
        return stale_reason_of(row) or None


class RegionStatisticsSerializer(serializers.Serializer[Any]):
    region = serializers.CharField(source="region_id")
    total = serializers.IntegerField()
    passed = serializers.IntegerField(source="passes")
    failed = serializers.IntegerField(source="failures")
    unsupported = serializers.IntegerField()
    blocked = serializers.IntegerField()
    inconclusive = serializers.IntegerField()
    averageScore = serializers.FloatField(source="average", allow_null=True)


class StatisticsSerializer(serializers.Serializer[Any]):
    """Counts only standings in the matrix: of certifiable models, in active regions."""

    jobs = serializers.DictField(child=serializers.IntegerField(), help_text="Jobs by status.")
    certifications = serializers.DictField(
        child=serializers.IntegerField(), help_text="Standings by status."
    )
    verdicts = serializers.DictField(
        child=serializers.IntegerField(), help_text="Standings by last verdict."
    )
    queue = serializers.DictField(
        child=serializers.IntegerField(), help_text="Open pairs by status."
    )
    regions = RegionStatisticsSerializer(many=True)
    workers = serializers.IntegerField(help_text="Worker processes that are alive.")
    stale = serializers.IntegerField()
    openBreakers = serializers.IntegerField(source="open_breakers")
    deadLetters = serializers.IntegerField(
        source="dead_letters", help_text="Dead letters that are open or requeued."
    )
    averageScore = serializers.FloatField(source="average_score", allow_null=True)
    averageLatencyMs = serializers.FloatField(source="average_latency_ms", allow_null=True)


class CellSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(StandingStatus.choices)
    verdict = serializers.ChoiceField(StandingStatus.choices, allow_null=True)
    passed = serializers.BooleanField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    grade = serializers.ChoiceField(list("ABCDF"), allow_null=True)
    badge = serializers.ChoiceField(["GOLD", "SILVER", "BRONZE"], allow_null=True)
    staleReason = serializers.CharField(allow_null=True)
    simulated = serializers.BooleanField(allow_null=True)
    routeKind = serializers.ChoiceField(RouteKind.choices, allow_null=True)
    completedAt = Moment(allow_null=True)
    ageSeconds = serializers.IntegerField(allow_null=True)


class MatrixSerializer(serializers.Serializer[Any]):
    """`cells[model id][region]`; a pair that was never in a job has no cell."""

    models = ModelReferenceSerializer(many=True)
    regions = RegionItemSerializer(many=True)
    cells = serializers.DictField(child=serializers.DictField(child=CellSerializer()))


class BadgeVisibilitySerializer(BodySerializer):
    public = serializers.BooleanField(help_text="Whether the badge is shown without a token.")


class BadgeStateSerializer(serializers.Serializer[Any]):
    public = serializers.BooleanField()
    url = serializers.CharField()
