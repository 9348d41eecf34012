"""What the API takes: bodies, and what stands after the question mark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from certification import queries
from certification.engine import Category
from certification.jobs.requests import Options
from certification.queue import circuit_breaker
from certification.states import (
    STALE,
    DeadLetterStatus,
    JobStatus,
    JobType,
    PairStatus,
    StandingStatus,
)
from models_registry.models import Kind

# Longer lists are a mistake, or an attack.
MOST_MODELS = 500
MOST_REGIONS = 100

Query = serializers.Serializer[Any]


class Body(serializers.Serializer[Any]):
    def to_internal_value(self, data: Any) -> Any:
        """Refuses fields that are not known: one that is misspelt would leave out a limit, and ask
        for more than is meant."""
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else ()
        if unknown:
            raise serializers.ValidationError(
                {name: serializers.ErrorDetail(_("Unknown field."), "unknown") for name in unknown}
            )
        return super().to_internal_value(data)


def names(most: int, *, required: bool = True) -> Any:
    """A list of names; lists that are required may not be empty."""
    return serializers.ListField(
        child=serializers.CharField(max_length=200),
        allow_empty=not required,
        max_length=most,
        required=required,
    )


# --- Bodies -----------------------------------------------------------------------------------


class Login(Body):
    email = serializers.CharField(max_length=254, help_text="E-mail or user name.")
    password = serializers.CharField(
        max_length=1024, trim_whitespace=False, style={"input_type": "password"}
    )


class ServiceToken(Body):
    user = serializers.CharField(max_length=254, help_text="E-mail or user name of its owner.")
    days = serializers.IntegerField(
        min_value=1, max_value=3650, default=365, help_text="How long it is valid."
    )


class Config(Body):
    probeUnoffered = serializers.BooleanField(
        default=False, help_text="Ask also where the registry says that a model is not offered."
    )
    checks = serializers.ListField(
        child=serializers.CharField(max_length=64),
        default=list,
        max_length=50,
        help_text="On-demand checks to run too, such as `needle`.",
    )


class Optioned(Body):
    config = Config(required=False)

    @property
    def options(self) -> Options:
        return Options.of_config(self.validated_data.get("config", {}))


class CertifyAll(Optioned):
    regions = names(MOST_REGIONS)


class CertifyMultiple(CertifyAll):
    modelIds = names(MOST_MODELS)


class CertifyModel(Optioned):
    modelId = serializers.CharField(max_length=200, help_text="UUID or API model id.")
    region = serializers.CharField(max_length=32)


class RetryFailed(Body):
    certificationIds = serializers.ListField(
        child=serializers.UUIDField(),
        default=list,
        max_length=10_000,
        help_text="Only these of the failed ones; all of them where it is left out.",
    )


class Recertify(Optioned):
    olderThanDays = serializers.FloatField(min_value=0, max_value=36_500, required=False)
    statuses = serializers.ListField(
        child=serializers.ChoiceField(
            [
                StandingStatus.CERTIFIED,
                StandingStatus.QUALITY_WARNING,
                StandingStatus.FAILED,
                StandingStatus.INCONCLUSIVE,
                StandingStatus.UNSUPPORTED,
                STALE,
            ]
        ),
        default=list,
        max_length=10,
        help_text="Of the last verdict; `STALE` for those that could not be judged since.",
    )
    modelIds = names(MOST_MODELS, required=False)
    regions = names(MOST_REGIONS, required=False)


class DeadLetterIds(Body):
    deadLetterIds = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=10_000
    )


class Limit(Body):
    limit = serializers.IntegerField(
        min_value=1,
        max_value=circuit_breaker.MAX_LIMIT,
        allow_null=True,
        help_text="Pairs at a time; null for the deployment's own limit.",
    )


class BadgeVisibility(Body):
    public = serializers.BooleanField(help_text="Whether the badge is shown without a token.")


# --- Queries ----------------------------------------------------------------------------------


class Paged(Query):
    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)


class History(Paged):
    status = serializers.ChoiceField(JobStatus.choices, required=False)
    type = serializers.ChoiceField(JobType.choices, required=False)


class CertificationsFilter(Query):
    modelId = serializers.CharField(max_length=200, required=False, help_text="UUID or API id.")
    region = serializers.CharField(max_length=32, required=False)
    status = serializers.ChoiceField(
        [*StandingStatus.choices, (queries.standings.COMPLETED, "certified or quality warning")],
        required=False,
    )


class Certifications(Paged, CertificationsFilter):
    pass


class JobCertifications(Paged):
    search = serializers.CharField(
        max_length=200, required=False, help_text="Part of a model's name or id."
    )
    region = serializers.CharField(max_length=32, required=False)
    status = serializers.ChoiceField(PairStatus.choices, required=False)


class DeadLetters(Paged):
    status = serializers.ChoiceField(
        [(queries.dead_letters.UNANSWERED, "open or requeued"), *DeadLetterStatus.choices],
        default=queries.dead_letters.UNANSWERED,
    )
    region = serializers.CharField(max_length=32, required=False)
    category = serializers.ChoiceField([category.value for category in Category], required=False)
    search = serializers.CharField(
        max_length=200, required=False, help_text="Part of a model's name or id, or of the error."
    )


class ModelHistory(Paged):
    region = serializers.CharField(max_length=32, required=False)


class Models(Query):
    provider = serializers.CharField(max_length=50, required=False)
    vendor = serializers.CharField(max_length=100, required=False)
    search = serializers.CharField(max_length=200, required=False)


class Matrix(Query):
    vendor = serializers.CharField(max_length=100, required=False)
    kind = serializers.ChoiceField(Kind.choices, required=False)
    capability = serializers.CharField(max_length=64, required=False)
    search = serializers.CharField(max_length=200, required=False)
    regions = serializers.CharField(
        max_length=2000, required=False, help_text="Codes, with commas between them."
    )
    status = serializers.ChoiceField(StandingStatus.choices, required=False)


class Compare(Query):
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
