"""Writes jobs: opens, cancels, pauses, resumes and finishes them.

A job and all its pairs are written in one transaction; the broker hears of it after the commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Value, When
from django.db.models.functions import Now

from models_registry import queries as registry
from models_registry.models import AIModel, Region

from . import dispatch, queries, standings
from .engine import CHECK_IDS, POLICIES, Category
from .errors import (
    Duplicates,
    JobStateConflict,
    NotCertifiable,
    NothingToCertify,
    UnknownChecks,
    UnknownModels,
    UnknownRegions,
)
from .models import CertificationJob, JobCertification, NewPair
from .states import (
    CLAIMABLE_JOB,
    OPEN_JOB,
    OPEN_PAIR,
    WAITING_PAIR,
    JobStatus,
    JobType,
    PairStatus,
)


@dataclass(frozen=True)
class Skipped:
    """A model that a job for all models leaves out, and why."""

    model: AIModel
    reason: str


@dataclass(frozen=True)
class Options:
    """What the opener may ask for beyond models and regions.

    probe_unoffered: call also where the registry says that the model is not offered
    checks:          ids of on-demand checks to run too
    """

    probe_unoffered: bool = False
    checks: tuple[str, ...] = ()

    def as_config(self) -> dict[str, Any]:
        config: dict[str, Any] = {}
        if self.probe_unoffered:
            config["probeUnoffered"] = True
        if self.checks:
            config["checks"] = list(self.checks)
        return config

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> Options:
        return cls(bool(config.get("probeUnoffered")), tuple(config.get("checks", ())))


@dataclass(frozen=True)
class Opened:
    job: CertificationJob
    models: Sequence[AIModel]
    regions: Sequence[Region]
    skipped: Sequence[Skipped] = field(default=())


def open_for_models(
    identifiers: Sequence[str],
    region_ids: Sequence[str],
    *,
    user: User | None = None,
    options: Options | None = None,
    type: JobType | None = None,
) -> Opened:
    """Opens a job for the models named by UUID or api model id, in the regions named by code.

    Raises NothingToCertify, Duplicates, UnknownModels, UnknownRegions, UnknownChecks or
    NotCertifiable, and then has written nothing.
    """
    options = _known_checks(options)
    regions = _regions(region_ids)
    if not identifiers:
        raise NothingToCertify("No model is given.")
    found = registry.find_models(identifiers)
    unknown = [identifier for identifier in identifiers if identifier not in found]
    if unknown:
        raise UnknownModels(f"Unknown models: {', '.join(unknown)}.", models=unknown)
    models = [found[identifier] for identifier in identifiers]
    _refuse_duplicates("models", [model.api_model_id for model in models])
    refused = [Skipped(model, reason) for model in models if (reason := _why_not(model))]
    if refused:
        raise NotCertifiable(
            "Not certifiable: "
            + "; ".join(f"{item.model.api_model_id} ({item.reason})" for item in refused),
            models=[
                {
                    "modelId": str(item.model.pk),
                    "apiModelId": item.model.api_model_id,
                    "reason": item.reason,
                }
                for item in refused
            ],
        )
    one = len(models) == 1
    chosen = type or (JobType.SINGLE_MODEL if one else JobType.MULTIPLE_MODELS)
    return Opened(_open(chosen, models, regions, user, options), models, regions)


def open_for_all(
    region_ids: Sequence[str], *, user: User | None = None, options: Options | None = None
) -> Opened:
    """Opens a job for every certifiable model; active models that are not are `skipped`.

    Raises NothingToCertify, Duplicates, UnknownRegions or UnknownChecks.
    """
    options = _known_checks(options)
    regions = _regions(region_ids)
    models: list[AIModel] = []
    skipped: list[Skipped] = []
    for model in registry.active_models():
        reason = _why_not(model)
        if reason:
            skipped.append(Skipped(model, reason))
        else:
            models.append(model)
    if not models:
        raise NothingToCertify("No active model can be certified: load the catalogue.")
    job = _open(JobType.ALL_MODELS, models, regions, user, options)
    return Opened(job, models, regions, skipped)


def cancel(job_id: UUID) -> CertificationJob:
    """Ends the waiting pairs at once; running ones stop between two checks.

    Raises JobNotFound; JobStateConflict for a job that has ended.
    """
    with transaction.atomic():
        changed = CertificationJob.objects.filter(pk=job_id, status__in=OPEN_JOB).update(
            status=JobStatus.CANCELLED
        )
        job = queries.job(job_id)
        if not changed:
            raise _conflict(job, "cancelled")
        JobCertification.objects.filter(job=job, status__in=WAITING_PAIR).update(
            status=PairStatus.CANCELLED, completed_at=Now()
        )
        standings.settle_cancelled(job)
    finish(job_id)
    return queries.job(job_id)


def pause(job_id: UUID) -> CertificationJob:
    """Stops claiming; what runs goes on to its end. Raises JobNotFound, JobStateConflict."""
    changed = CertificationJob.objects.filter(pk=job_id, status__in=CLAIMABLE_JOB).update(
        status=JobStatus.PAUSED
    )
    job = queries.job(job_id)
    if not changed:
        raise _conflict(job, "paused")
    return job


def resume(job_id: UUID) -> CertificationJob:
    """Claims again, and rings for what waits. Raises JobNotFound, JobStateConflict."""
    changed = CertificationJob.objects.filter(pk=job_id, status=JobStatus.PAUSED).update(
        status=Case(
            When(started_at__isnull=False, then=Value(JobStatus.PROCESSING)),
            default=Value(JobStatus.QUEUED),
        )
    )
    job = queries.job(job_id)
    if not changed:
        raise _conflict(job, "resumed")
    dispatch.announce(job)
    return job


def finish(job_id: UUID) -> bool:
    """Closes a job whose pairs have all ended; true for the one caller that closed it.

    1. as long as a pair is open there is nothing to do
    2. count the ended pairs: no row of the job changes any more
    3. one conditional UPDATE freezes the counts and, unless it was cancelled, the outcome
    4. whoever closed it makes good the standings that were lost while it ran
    """
    if JobCertification.objects.filter(job_id=job_id, status__in=OPEN_PAIR).exists():
        return False
    job = CertificationJob.objects.filter(pk=job_id, completed_at=None).first()
    if job is None:
        return False
    counts = queries.progress(job)
    outcome = JobStatus.FAILED if counts.total and not counts.carried_out else JobStatus.COMPLETED
    still_open = JobCertification.objects.filter(job=OuterRef("pk"), status__in=OPEN_PAIR)
    changed = (
        CertificationJob.objects.filter(pk=job_id, completed_at=None)
        .filter(~Exists(still_open))
        .update(
            status=Case(When(status=JobStatus.CANCELLED, then=F("status")), default=Value(outcome)),
            processed_models=counts.processed,
            success_count=counts.passed,
            failure_count=counts.failure_count,
            inconclusive_count=counts.inconclusive,
            unsupported_count=counts.unsupported,
            cancelled_count=counts.cancelled,
            error=_what_went_wrong(job) if outcome is JobStatus.FAILED else "",
            completed_at=Now(),
        )
    )
    if changed:
        standings.restore(job)
    return bool(changed)


def _open(
    type: JobType,
    models: Sequence[AIModel],
    regions: Sequence[Region],
    user: User | None,
    options: Options,
) -> CertificationJob:
    """Writes the job, its pairs and their standings, and rings after the commit.

    Pairs that the registry knows are not offered end UNSUPPORTED here, without a call.
    """
    job = CertificationJob(
        type=type,
        regions=[region.pk for region in regions],
        model_ids=[str(model.pk) for model in models],
        config=options.as_config(),
        total_models=len(models) * len(regions),
        created_by=user,
    )
    pairs = _pairs(job, models, regions, options)
    with transaction.atomic():
        job.save(force_insert=True)
        NewPair.objects.bulk_create(pairs)
        standings.begin(job)
    if any(pair.status in WAITING_PAIR for pair in pairs):
        dispatch.announce(job)
    else:
        finish(job.pk)
    return queries.job(job.pk)


def _pairs(
    job: CertificationJob, models: Sequence[AIModel], regions: Sequence[Region], options: Options
) -> list[NewPair]:
    offered = registry.offers(models, regions)
    return [
        NewPair(job=job, model=model, region=region)
        if options.probe_unoffered or (model.pk, region.pk) in offered
        else NewPair(
            job=job,
            model=model,
            region=region,
            status=PairStatus.UNSUPPORTED,
            error_category=Category.NOT_OFFERED,
            error_message=f"{model.api_model_id} is not offered in {region.pk}.",
            completed_at=Now(),
        )
        for model in models
        for region in regions
    ]


def _regions(region_ids: Sequence[str]) -> list[Region]:
    if not region_ids:
        raise NothingToCertify("No region is given.")
    known = {region.pk: region for region in registry.active_regions()}
    unknown = [region_id for region_id in region_ids if region_id not in known]
    if unknown:
        raise UnknownRegions(f"Unknown or inactive regions: {', '.join(unknown)}.", regions=unknown)
    _refuse_duplicates("regions", region_ids)
    return [known[region_id] for region_id in region_ids]


def _refuse_duplicates(what: str, given: Sequence[str]) -> None:
    twice = sorted({item for item in given if given.count(item) > 1})
    if twice:
        raise Duplicates(f"Given more than once: {', '.join(twice)}.", **{what: twice})


def _known_checks(options: Options | None) -> Options:
    """The options, with every check known. Raises UnknownChecks."""
    options = options or Options()
    unknown = [check for check in options.checks if check not in CHECK_IDS]
    if unknown:
        raise UnknownChecks(
            f"Unknown checks: {', '.join(unknown)}.", checks=unknown, known=sorted(CHECK_IDS)
        )
    return options


def _why_not(model: AIModel) -> str:
    """Why the model cannot be certified; empty if it can."""
    if not model.provider.is_certifiable:
        return f"models of {model.provider.name} cannot be certified, only those of Bedrock"
    if not model.is_active:
        return "the model is retired" if model.retired_at else "the model is switched off"
    return ""


def _conflict(job: CertificationJob, verb: str) -> JobStateConflict:
    return JobStateConflict(
        f"The job is {job.status} and cannot be {verb}.", jobId=str(job.pk), status=job.status
    )


def _what_went_wrong(job: CertificationJob) -> str:
    """The commonest reason for which no pair could be carried out, with its advice."""
    categories = list(
        JobCertification.objects.filter(job=job).values_list("error_category", flat=True)
    )
    commonest = max(set(categories), key=categories.count, default="")
    if commonest not in Category.__members__:
        return ""
    return f"{commonest}: {POLICIES[Category(commonest)].advice}"
