"""Opens jobs: for chosen models, for all of them, for what failed, for what is old.

A job and all its pairs are written in one transaction; the broker hears of it after the commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from certification import locks, queries
from certification.accounts import audit
from certification.accounts.audit import COMMAND_LINE, Actor
from certification.engine import CHECK_IDS, Category
from certification.errors import (
    CertificationNotFound,
    Duplicates,
    KeyReused,
    NotCertifiable,
    NothingToCertify,
    NothingToRequeue,
    NothingToRetry,
    UnknownChecks,
)
from certification.models import (
    CertificationJob,
    DeadLetter,
    IdempotentRequest,
    ModelCertification,
    NewPair,
    Schedule,
)
from certification.observability import metrics
from certification.outcomes import standings
from certification.queue import admission
from certification.states import (
    FAILED_PAIR,
    OPEN_STANDING,
    STALE,
    UNANSWERED_DEAD_LETTER,
    AuditAction,
    DeadLetterStatus,
    JobStatus,
    JobType,
    PairStatus,
)
from models_registry import queries as registry
from models_registry.models import AIModel, Region

from . import lifecycle


@dataclass(frozen=True)
class Skipped:
    """A model that a job leaves out, and why."""

    model_id: str
    api_model_id: str
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
class IdempotencyKey:
    """Makes a request that comes twice open one job.

    `fingerprint` tells one request from another that comes under the same key by mistake.
    """

    key: str
    fingerprint: str


@dataclass(frozen=True)
class Opened:
    """A job and what it began as; the same again when its request comes twice."""

    job: CertificationJob
    status: str
    skipped: Sequence[Skipped] = field(default=())


@dataclass(frozen=True)
class OpenRequest:
    """Who opens, with which options, whether the request may come twice, and by which schedule."""

    actor: Actor = COMMAND_LINE
    options: Options = Options()
    idempotency_key: IdempotencyKey | None = None
    schedule: Schedule | None = None


Pair = tuple[AIModel, str]
# A model by UUID or api model id, and a region by code.
NamedPair = tuple[str, str]


@dataclass(frozen=True)
class Chosen:
    """The pairs that a job would hold, and the models that it would leave out."""

    pairs: Sequence[Pair]
    skipped: Sequence[Skipped] = ()


def open_for_models(
    identifiers: Sequence[str], region_ids: Sequence[str], request: OpenRequest = OpenRequest()
) -> Opened:
    """Opens a job for the models named by UUID or api model id, in the regions named by code.

    Raises NothingToCertify, Duplicates, UnknownModels, UnknownRegions, UnknownChecks,
    NotCertifiable or KeyReused, and then has written nothing.
    """
    if earlier := _opened_earlier(request):
        return earlier
    _refuse_unknown_checks(request.options)
    chosen = choose(identifiers, region_ids)
    several = len({model.pk for model, _region in chosen.pairs}) > 1
    type = JobType.MULTIPLE_MODELS if several else JobType.SINGLE_MODEL
    return _open(type, chosen.pairs, request)


def open_for_all(region_ids: Sequence[str], request: OpenRequest = OpenRequest()) -> Opened:
    """Opens a job for every certifiable model; active models that are not are `skipped`.

    Raises NothingToCertify, Duplicates, UnknownRegions, UnknownChecks or KeyReused.
    """
    if earlier := _opened_earlier(request):
        return earlier
    _refuse_unknown_checks(request.options)
    chosen = choose(None, region_ids)
    return _open(JobType.ALL_MODELS, chosen.pairs, request, chosen.skipped)


def open_pairs(pairs: Sequence[NamedPair], request: OpenRequest = OpenRequest()) -> Opened:
    """Opens a RECERTIFY job of exactly these pairs.

    Raises NothingToCertify, Duplicates, UnknownModels, UnknownRegions, UnknownChecks,
    NotCertifiable or KeyReused.
    """
    if earlier := _opened_earlier(request):
        return earlier
    _refuse_unknown_checks(request.options)
    return _open(JobType.RECERTIFY, choose_pairs(pairs).pairs, request)


def choose(identifiers: Sequence[str] | None, region_ids: Sequence[str]) -> Chosen:
    """What a job for these models (None: all of them) in these regions would hold.

    Writes nothing. Raises NothingToCertify, Duplicates, UnknownModels, UnknownRegions or
    NotCertifiable.
    """
    regions = _regions(region_ids)
    if identifiers is not None:
        return Chosen(_all_pairs(_models(identifiers), regions))
    models, skipped = _certifiable(registry.active_models())
    if not models:
        raise NothingToCertify(_("No active model can be certified: load the catalogue."))
    return Chosen(_all_pairs(models, regions), skipped)


def choose_pairs(pairs: Sequence[NamedPair]) -> Chosen:
    """The same for single pairs. Raises as `choose` does."""
    identifiers = list(dict.fromkeys(identifier for identifier, _region in pairs))
    models = dict(zip(identifiers, _models(identifiers), strict=True))
    _regions(list(dict.fromkeys(region for _identifier, region in pairs)))
    chosen = [(models[identifier], region) for identifier, region in pairs]
    _refuse_duplicates("pairs", [f"{model.api_model_id} · {region}" for model, region in chosen])
    return Chosen(chosen)


def retry_failed(
    job_id: UUID, certification_ids: Sequence[UUID] = (), request: OpenRequest = OpenRequest()
) -> Opened:
    """Opens a RECERTIFY job of the pairs of a job that failed or could not be judged.

    `certification_ids` narrows it to some of them; each has to be one. Models that are no longer
    certifiable are `skipped`. The new job has the old one's options.

    Raises JobNotFound, CertificationNotFound, NothingToRetry or KeyReused.
    """
    if earlier := _opened_earlier(request):
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
                _("Not failed certifications of this job: %(ids)s.")
                % {"ids": ", ".join(sorted(map(str, missing)))},
                certificationIds=sorted(map(str, missing)),
            )
    return _again(
        [(pair.model, pair.region_id) for pair in failed],
        replace(request, options=Options.of_config(job.config)),
        nothing=_("Nothing in this job failed, so there is nothing to certify again."),
        retry_of=job,
    )


def requeue(dead_letter_ids: Sequence[UUID], request: OpenRequest = OpenRequest()) -> list[Opened]:
    """Opens RECERTIFY jobs of the pairs of dead letters, one for each set of options that the
    pairs were certified with.

    Letters that were answered or dismissed meanwhile are left, and so are those that a job is at
    work on, and those of models that are no longer certifiable. A letter whose pair passes then
    is closed (`dead_letters`).

    Raises DeadLetterNotFound, NothingToRequeue or KeyReused, and then has opened nothing.
    """
    with transaction.atomic():
        locks.alone(locks.Lock.DEAD_LETTERS)
        if earlier := _requeued_earlier(request):
            return earlier
        by_options: dict[Options, dict[Pair, list[UUID]]] = {}
        for dead_letter in queries.dead_letters.find(dead_letter_ids):
            pair = dead_letter.certification
            if _waits_for_someone(dead_letter) and not _why_not(pair.model):
                options = Options.of_config(pair.job.config)
                of_pair = by_options.setdefault(options, {})
                of_pair.setdefault((pair.model, pair.region_id), []).append(dead_letter.pk)
        if not by_options:
            raise NothingToRequeue(
                _("None of these dead letters still waits for an answer: mark some that do.")
            )
        return [
            _requeue(pairs, replace(_part(request, number), options=options))
            for number, (options, pairs) in enumerate(by_options.items())
        ]


def _waits_for_someone(dead_letter: DeadLetter) -> bool:
    at_work = dead_letter.requeued_in is not None and dead_letter.requeued_in.completed_at is None
    return dead_letter.status in UNANSWERED_DEAD_LETTER and not at_work


def _requeue(pairs: Mapping[Pair, Sequence[UUID]], request: OpenRequest) -> Opened:
    opened = _open(JobType.RECERTIFY, list(pairs), request)
    answered = DeadLetter.objects.filter(
        pk__in=[dead_letter for of_pair in pairs.values() for dead_letter in of_pair],
        status__in=UNANSWERED_DEAD_LETTER,
    )
    number = answered.update(status=DeadLetterStatus.REQUEUED, requeued_in=opened.job)
    audit.note(request.actor, AuditAction.DEAD_LETTERS_REQUEUED, job=opened.job, deadLetters=number)
    return opened


def _requeued_earlier(request: OpenRequest) -> list[Opened]:
    earlier: list[Opened] = []
    while one := _opened_earlier(_part(request, len(earlier))):
        earlier.append(one)
    return earlier


def _part(request: OpenRequest, number: int) -> OpenRequest:
    """Each job of a request is kept under a key of its own; the first one under the request's."""
    if request.idempotency_key is None or number == 0:
        return request
    return replace(
        request,
        idempotency_key=replace(
            request.idempotency_key, key=f"{request.idempotency_key.key[:240]} ({number})"
        ),
    )


def recertify(
    *,
    older_than_days: float | None = None,
    statuses: Sequence[str] = (),
    model_ids: Sequence[str] = (),
    region_ids: Sequence[str] = (),
    request: OpenRequest = OpenRequest(),
) -> Opened:
    """Opens a RECERTIFY job of the standings that are old enough, or have one of the statuses.

    Both given, both must hold; neither given, every standing of the models and regions. Pairs
    that a job is at work on are left out.

    Raises NothingToRetry, Duplicates, UnknownModels, UnknownRegions, UnknownChecks,
    NotCertifiable or KeyReused.
    """
    if earlier := _opened_earlier(request):
        return earlier
    _refuse_unknown_checks(request.options)
    rows = (
        ModelCertification.objects.exclude(status__in=OPEN_STANDING)
        .select_related("model__provider")
        .order_by("model__vendor", "model__name", "region_id")
    )
    if model_ids:
        rows = rows.filter(model__in=_models(model_ids))
    regions = _regions(region_ids) if region_ids else list(registry.active_regions())
    rows = rows.filter(region__in=[region.pk for region in regions])
    if statuses:
        stale = ~Q(stale_reason="") if STALE in statuses else Q(pk__in=())
        rows = rows.filter(Q(verdict__in=statuses) | stale)
    if older_than_days is not None:
        long_ago = Now() - timedelta(days=older_than_days)
        rows = rows.filter(Q(completed_at=None) | Q(completed_at__lt=long_ago))
    return _again(
        [(row.model, row.region_id) for row in rows],
        request,
        nothing=_("No certification is old enough or has such a status."),
    )


def _again(
    pairs: Sequence[Pair],
    request: OpenRequest,
    *,
    nothing: str,
    retry_of: CertificationJob | None = None,
) -> Opened:
    """Opens a RECERTIFY job of pairs, without the models that are no longer certifiable."""
    models, skipped = _certifiable({model.pk: model for model, _region in pairs}.values())
    certifiable = {model.pk for model in models}
    wanted = [pair for pair in pairs if pair[0].pk in certifiable]
    if not wanted:
        raise NothingToRetry(nothing, skipped=[asdict(item) for item in skipped])
    return _open(JobType.RECERTIFY, wanted, request, skipped, retry_of)


def _open(
    type: JobType,
    pairs: Sequence[Pair],
    request: OpenRequest,
    skipped: Sequence[Skipped] = (),
    retry_of: CertificationJob | None = None,
) -> Opened:
    """Writes the job, its pairs and their standings, and rings after the commit.

    Pairs that the registry knows are not offered end UNSUPPORTED here, without a call.
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
            _remember(opened, request)
            NewPair.objects.bulk_create(rows)
            standings.begin(job)
            _note(job, request)
    except IntegrityError:
        # The same request came at the same moment, and was first.
        if earlier := _opened_earlier(request):
            return earlier
        raise
    for row in rows:
        if row.status == PairStatus.UNSUPPORTED:
            metrics.ended(row.region_id, row.status, row.error_category)
    if waits:
        admission.announce(job)
    else:
        lifecycle.finish(job.pk)
    return opened


def _rows(job: CertificationJob, pairs: Sequence[Pair], options: Options) -> list[NewPair]:
    offered = registry.offers({model.pk for model, _region in pairs}, job.regions)
    return [
        NewPair(job=job, model=model, region_id=region)
        if options.probe_unoffered or (model.pk, region) in offered
        else NewPair(
            job=job,
            model=model,
            region_id=region,
            status=PairStatus.UNSUPPORTED,
            error_category=Category.NOT_OFFERED,
            error_message=f"{model.api_model_id} is not offered in {region}.",
            completed_at=Now(),
        )
        for model, region in pairs
    ]


def _note(job: CertificationJob, request: OpenRequest) -> None:
    told: dict[str, Any] = {
        "type": job.type,
        "pairs": job.total_models,
        "regions": len(job.regions),
    }
    if job.retry_of_id:
        told["retryOf"] = str(job.retry_of_id)
    if job.config:
        told["options"] = job.config
    if request.schedule:
        told["schedule"] = request.schedule.name
    audit.note(request.actor, AuditAction.JOB_OPENED, job=job, subject=str(job.pk), **told)


def _remember(opened: Opened, request: OpenRequest) -> None:
    if request.idempotency_key is not None:
        IdempotentRequest.objects.create(
            user=request.actor.user,
            key=request.idempotency_key.key,
            fingerprint=request.idempotency_key.fingerprint,
            job=opened.job,
            status=opened.status,
            skipped=[asdict(item) for item in opened.skipped],
        )


def _opened_earlier(request: OpenRequest) -> Opened | None:
    """What the same request opened before. Raises KeyReused where it was another request."""
    if request.idempotency_key is None:
        return None
    earlier = (
        IdempotentRequest.objects.select_related("job")
        .filter(user=request.actor.user, key=request.idempotency_key.key)
        .first()
    )
    if earlier is None:
        return None
    if earlier.fingerprint != request.idempotency_key.fingerprint:
        raise KeyReused(
            _("The key %(key)s came before with another request.")
            % {"key": request.idempotency_key.key}
        )
    return Opened(earlier.job, earlier.status, [Skipped(**item) for item in earlier.skipped])


def _all_pairs(models: Sequence[AIModel], regions: Sequence[Region]) -> list[Pair]:
    return [(model, region.pk) for model in models for region in regions]


def _models(identifiers: Sequence[str]) -> list[AIModel]:
    if not identifiers:
        raise NothingToCertify(_("No model is given."))
    models = queries.lookup.models_named(identifiers)
    _refuse_duplicates("models", [model.api_model_id for model in models])
    _certifiable_models, refused = _certifiable(models)
    if refused:
        raise NotCertifiable(
            _("Not certifiable: %(models)s.")
            % {"models": "; ".join(f"{item.api_model_id} ({item.reason})" for item in refused)},
            models=[
                {"modelId": item.model_id, "apiModelId": item.api_model_id, "reason": item.reason}
                for item in refused
            ],
        )
    return models


def _regions(region_ids: Sequence[str]) -> list[Region]:
    if not region_ids:
        raise NothingToCertify(_("No region is given."))
    regions = queries.lookup.regions_named(region_ids)
    _refuse_duplicates("regions", region_ids)
    return regions


def _refuse_duplicates(what: str, given: Sequence[str]) -> None:
    twice = sorted(item for item, times in Counter(given).items() if times > 1)
    if twice:
        raise Duplicates(
            _("Given more than once: %(what)s.") % {"what": ", ".join(twice)}, **{what: twice}
        )


def _refuse_unknown_checks(options: Options) -> None:
    unknown = [check for check in options.checks if check not in CHECK_IDS]
    if unknown:
        raise UnknownChecks(
            _("Unknown checks: %(checks)s.") % {"checks": ", ".join(unknown)},
            checks=unknown,
            known=sorted(CHECK_IDS),
        )


def _certifiable(models: Iterable[AIModel]) -> tuple[list[AIModel], list[Skipped]]:
    """The models that can be certified, and the others with the reason."""
    certifiable: list[AIModel] = []
    skipped: list[Skipped] = []
    for model in models:
        reason = _why_not(model)
        if reason:
            skipped.append(Skipped(str(model.pk), model.api_model_id, reason))
        else:
            certifiable.append(model)
    return certifiable, skipped


def _why_not(model: AIModel) -> str:
    if not model.provider.is_certifiable:
        return _("models of %(provider)s cannot be certified, only those of Bedrock") % {
            "provider": model.provider.name
        }
    if not model.is_active:
        return _("the model is retired") if model.retired_at else _("the model is switched off")
    return ""
