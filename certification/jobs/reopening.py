"""Opens jobs of pairs that were certified before: failed ones, dead letters, old ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from certification import locks, queries
from certification.accounts import audit
from certification.errors import (
    CertificationNotFound,
    NoCondition,
    NothingToRequeue,
    NothingToRetry,
)
from certification.models import (
    CertificationJob,
    DeadLetter,
    ModelCertification,
)
from certification.states import (
    FAILED_PAIR,
    OPEN_STANDING,
    STALE,
    UNANSWERED_DEAD_LETTER,
    AuditAction,
    DeadLetterStatus,
    JobType,
)
from models_registry import queries as registry
from models_registry.models import AIModel

from . import idempotency, opening, selection
from .requests import Opened, OpenRequest, Options, Pair


def retry_failed(
    job_id: UUID, certification_ids: Sequence[UUID] = (), request: OpenRequest = OpenRequest()
) -> Opened:
    """Opens a RECERTIFY job of the failed, blocked and inconclusive pairs of a job.

    `certification_ids` narrows it to some of them. Models that are no longer certifiable are
    `skipped`. The new job has the options of the old one.

    Raises JobNotFound, CertificationNotFound, NothingToRetry or KeyReused.
    """
    if earlier := idempotency.opened_earlier(request):
        return earlier
    job = queries.jobs.get(job_id)
    failed = (
        queries.pairs.of_job(job).select_related("model__provider").filter(status__in=FAILED_PAIR)
    )
    if certification_ids:
        failed = failed.filter(pk__in=certification_ids)
        missing = set(certification_ids) - {pair.pk for pair in failed}
        if missing:
            raise CertificationNotFound(
                _("Not failed, blocked or inconclusive certifications of this job: %(ids)s.")
                % {"ids": ", ".join(sorted(map(str, missing)))},
                certificationIds=sorted(map(str, missing)),
            )
    return _open_again(
        [(pair.model, pair.region_id) for pair in failed],
        replace(request, options=Options.of_config(job.config)),
        nothing=_(
            "Nothing in this job failed, is blocked or is inconclusive, so there is nothing to "
            "certify again."
        ),
        retry_of=job,
    )


def count_retryable(job: CertificationJob) -> int:
    """Returns how many pairs `retry_failed` would certify again. Two queries."""
    counts = dict(
        queries.pairs.of_job(job)
        .filter(status__in=FAILED_PAIR)
        .order_by()
        .values_list("model")
        .annotate(Count("pk"))
    )
    models = AIModel.objects.select_related("provider").filter(pk__in=counts)
    return sum(counts[model.pk] for model in models if not selection.why_not_certifiable(model))


def requeue(dead_letter_ids: Sequence[UUID], request: OpenRequest = OpenRequest()) -> list[Opened]:
    """Opens RECERTIFY jobs of the pairs of dead letters, one for each set of options that the
    pairs were certified with.

    Leaves out dead letters that were closed or dismissed meanwhile, those whose job has not ended,
    and those of models that are no longer certifiable. A dead letter is closed when its pair
    passes (outcomes/dead_letters.py).

    Raises DeadLetterNotFound, NothingToRequeue or KeyReused, and then has opened nothing.
    """
    with transaction.atomic():
        locks.acquire(locks.Lock.DEAD_LETTERS)
        if earlier := idempotency.all_opened_earlier(request):
            return earlier
        by_options: dict[Options, dict[Pair, list[UUID]]] = {}
        for dead_letter in queries.dead_letters.find(dead_letter_ids):
            pair = dead_letter.certification
            if _may_be_requeued(dead_letter) and not selection.why_not_certifiable(pair.model):
                options = Options.of_config(pair.job.config)
                of_pair = by_options.setdefault(options, {})
                of_pair.setdefault((pair.model, pair.region_id), []).append(dead_letter.pk)
        if not by_options:
            raise NothingToRequeue(
                _("None of these dead letters still waits for an answer: mark some that do.")
            )
        return [
            _requeue(pairs, replace(idempotency.part_of(request, number), options=options))
            for number, (options, pairs) in enumerate(by_options.items())
        ]


def _may_be_requeued(dead_letter: DeadLetter) -> bool:
    at_work = dead_letter.requeued_in is not None and dead_letter.requeued_in.completed_at is None
    return dead_letter.status in UNANSWERED_DEAD_LETTER and not at_work


def _requeue(pairs: Mapping[Pair, Sequence[UUID]], request: OpenRequest) -> Opened:
    opened = opening.open_job(JobType.RECERTIFY, list(pairs), request)
    answered = DeadLetter.objects.filter(
        pk__in=[dead_letter for of_pair in pairs.values() for dead_letter in of_pair],
        status__in=UNANSWERED_DEAD_LETTER,
    )
    number = answered.update(status=DeadLetterStatus.REQUEUED, requeued_in=opened.job)
    audit.note(request.actor, AuditAction.DEAD_LETTERS_REQUEUED, job=opened.job, deadLetters=number)
    return opened


def recertify(
    *,
    older_than_days: float | None = None,
    statuses: Sequence[str] = (),
    model_ids: Sequence[str] = (),
    region_ids: Sequence[str] = (),
    everything: bool = False,
    request: OpenRequest = OpenRequest(),
) -> Opened:
    """Opens a RECERTIFY job of the standings that are older than `older_than_days`, have one of
    the verdicts in `statuses` (STALE among them), and are of these models and regions.

    A condition that is not given holds for all; without any (an age of 0 days is none),
    `everything` has to be true, since each pair is billed. Pairs that are being certified are left
    out.

    Raises NoCondition, NothingToRetry, Duplicates, UnknownModels, UnknownRegions, UnknownChecks,
    NotCertifiable or KeyReused.
    """
    if earlier := idempotency.opened_earlier(request):
        return earlier
    if not (older_than_days or statuses or model_ids or region_ids or everything):
        raise NoCondition(
            _(
                "Without a condition every model is certified again in every region, and each is "
                "billed: say olderThanDays, statuses, modelIds or regions, or all: true."
            )
        )
    selection.refuse_unknown_checks(request.options)
    rows = (
        ModelCertification.objects.exclude(status__in=OPEN_STANDING)
        .select_related("model__provider")
        .order_by("model__vendor", "model__name", "region_id")
    )
    if model_ids:
        rows = rows.filter(model__in=selection.certifiable_models(model_ids))
    regions = (
        selection.active_regions(region_ids) if region_ids else list(registry.active_regions())
    )
    rows = rows.filter(region__in=[region.pk for region in regions])
    if statuses:
        stale = ~Q(stale_reason="") if STALE in statuses else Q(pk__in=())
        rows = rows.filter(Q(verdict__in=statuses) | stale)
    if older_than_days:
        long_ago = Now() - timedelta(days=older_than_days)
        rows = rows.filter(Q(completed_at=None) | Q(completed_at__lt=long_ago))
    return _open_again(
        [(row.model, row.region_id) for row in rows],
        request,
        nothing=_("No certification is old enough or has such a status."),
    )


def _open_again(
    pairs: Sequence[Pair],
    request: OpenRequest,
    *,
    nothing: str,
    retry_of: CertificationJob | None = None,
) -> Opened:
    """Opens a RECERTIFY job of pairs, without the models that are no longer certifiable."""
    models, skipped = selection.split_certifiable(
        {model.pk: model for model, _region in pairs}.values()
    )
    certifiable = {model.pk for model in models}
    wanted = [pair for pair in pairs if pair[0].pk in certifiable]
    if not wanted:
        raise NothingToRetry(nothing, skipped=[asdict(item) for item in skipped])
    return opening.open_job(JobType.RECERTIFY, wanted, request, skipped, retry_of)
