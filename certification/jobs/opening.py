"""Opens jobs: for named models, for all of them, for single pairs.

(reopening.py opens jobs of pairs that were certified before.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from certification.accounts import audit
from certification.engine import Category
from certification.models import CertificationJob, NewPair
from certification.observability import metrics
from certification.outcomes import standings
from certification.queries.model_specs import no_allowed_route, spec_of
from certification.queue import admission
from certification.states import AuditAction, JobStatus, JobType, PairStatus
from models_registry import queries as registry

from . import idempotency, lifecycle, selection
from .requests import NamedPair, Opened, OpenRequest, Options, Pair, Skipped


def open_for_models(
    identifiers: Sequence[str], region_ids: Sequence[str], request: OpenRequest = OpenRequest()
) -> Opened:
    """Opens a job for the models named by UUID or API model id, in the regions named by code.

    Raises NothingToCertify, Duplicates, UnknownModels, UnknownRegions, UnknownChecks,
    NotCertifiable or KeyReused, and then has written nothing.
    """
    if earlier := idempotency.opened_earlier(request):
        return earlier
    selection.refuse_unknown_checks(request.options)
    selected = selection.select(identifiers, region_ids)
    several = len({model.pk for model, _region in selected.pairs}) > 1
    type = JobType.MULTIPLE_MODELS if several else JobType.SINGLE_MODEL
    return open_job(type, selected.pairs, request)


def open_for_all(region_ids: Sequence[str], request: OpenRequest = OpenRequest()) -> Opened:
    """Opens a job for every certifiable model; active models that are not are `skipped`.

    Raises NothingToCertify, Duplicates, UnknownRegions, UnknownChecks or KeyReused.
    """
    if earlier := idempotency.opened_earlier(request):
        return earlier
    selection.refuse_unknown_checks(request.options)
    selected = selection.select(None, region_ids)
    return open_job(JobType.ALL_MODELS, selected.pairs, request, selected.skipped)


def open_pairs(pairs: Sequence[NamedPair], request: OpenRequest = OpenRequest()) -> Opened:
    """Opens a RECERTIFY job of exactly these pairs.

    Raises NothingToCertify, Duplicates, UnknownModels, UnknownRegions, UnknownChecks,
    NotCertifiable or KeyReused.
    """
    if earlier := idempotency.opened_earlier(request):
        return earlier
    selection.refuse_unknown_checks(request.options)
    return open_job(JobType.RECERTIFY, selection.select_pairs(pairs).pairs, request)


def open_job(
    type: JobType,
    pairs: Sequence[Pair],
    request: OpenRequest,
    skipped: Sequence[Skipped] = (),
    retry_of: CertificationJob | None = None,
) -> Opened:
    """Writes a job, its pairs and their standings in one transaction, and publishes a message after
    the commit. Pairs of kinds without checks, and those that the registry lists as not offered, end
    UNSUPPORTED, without a call.

    Raises KeyReused.
    """
    job = CertificationJob(
        type=type,
        regions=list(dict.fromkeys(region for _model, region in pairs)),
        model_ids=list(dict.fromkeys(str(model.pk) for model, _region in pairs)),
        config=request.options.as_config(),
        total_models=len(pairs),
        created_by=request.actor.user,
        retry_of=retry_of,
        schedule=request.schedule,
    )
    rows = _rows(job, pairs, request.options)
    waits = any(row.status == PairStatus.PENDING for row in rows)
    opened = Opened(job, JobStatus.QUEUED if waits else JobStatus.COMPLETED, skipped)
    try:
        with transaction.atomic():
            job.save(force_insert=True)
            idempotency.remember(opened, request)
            NewPair.objects.bulk_create(rows)
            standings.begin(job)
            _write_audit_entry(job, request)
    except IntegrityError:
        # The same request came at the same moment, and its transaction was first.
        if earlier := idempotency.opened_earlier(request):
            return earlier
        raise
    for row in rows:
        if row.status == PairStatus.UNSUPPORTED:
            metrics.record_verdict(row.region_id, row.status, row.error_category)
    if waits:
        admission.announce(job)
    else:
        lifecycle.finish(job.pk)
    return opened


def _rows(job: CertificationJob, pairs: Sequence[Pair], options: Options) -> list[NewPair]:
    offered = registry.offers({model.pk for model, _region in pairs}, job.regions)
    allowed = options.allowed_routes
    rows = []
    for model, region in pairs:
        row = NewPair(job=job, model=model, region_id=region)
        types = offered.get((model.pk, region))
        if model.unsupported_because:
            _end(
                row,
                Category.NOT_CERTIFIABLE,
                f"{model.api_model_id} is of the kind {model.kind}, for which there are no checks.",
            )
        elif types is None and not options.probe_unoffered:
            _end(row, Category.NOT_OFFERED, f"{model.api_model_id} is not offered in {region}.")
        elif not spec_of(model, types or (), allowed).routes:
            text = no_allowed_route(model.api_model_id, region, allowed)
            _end(row, Category.ROUTE_FORBIDDEN, text)
        rows.append(row)
    return rows


def _end(row: NewPair, category: Category, message: str) -> None:
    row.status = PairStatus.UNSUPPORTED
    row.error_category = category
    row.error_message = message
    row.completed_at = Now()


def _write_audit_entry(job: CertificationJob, request: OpenRequest) -> None:
    details: dict[str, Any] = {
        "type": job.type,
        "pairs": job.total_models,
        "regions": len(job.regions),
    }
    if job.retry_of_id:
        details["retryOf"] = str(job.retry_of_id)
    if job.config:
        details["options"] = job.config
    if request.schedule:
        details["schedule"] = request.schedule.name
    audit.note(request.actor, AuditAction.JOB_OPENED, job=job, subject=str(job.pk), **details)
