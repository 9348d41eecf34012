"""The invariants that must hold after every run, checked in the database.

Each invariant yields one line per violation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F

from certification.engine import POLICIES, Category
from certification.models import (
    CertificationJob,
    CircuitBreaker,
    DeadLetter,
    Evidence,
    JobCertification,
    ModelCertification,
)
from certification.outcomes import standings
from certification.outcomes.dead_letters import GIVEN_UP
from certification.states import OPEN_PAIR, OPEN_STANDING, UNANSWERED_DEAD_LETTER, PairStatus
from models_registry.models import Region

from . import status_log

JUDGED = (PairStatus.PASSED, PairStatus.FAILED, PairStatus.INCONCLUSIVE)
Invariant = Callable[[], Iterator[str]]


def every_job_has_ended() -> Iterator[str]:
    for job in CertificationJob.objects.filter(completed_at=None):
        yield f"job {job.pk} is {job.status}"


def every_pair_has_one_final_record() -> Iterator[str]:
    for pair in JobCertification.objects.filter(status__in=OPEN_PAIR):
        yield f"pair {pair.pk} is {pair.status}, attempt {pair.attempt}"
    for job in CertificationJob.objects.annotate(rows=Count("certifications")):
        if job.rows != job.total_models:
            yield f"job {job.pk} has {job.rows} pairs, not {job.total_models}"
    for pair in JobCertification.objects.filter(status__in=JUDGED, evidence=None):
        yield f"pair {pair.pk} is {pair.status} without evidence"


def nothing_is_recorded_twice() -> Iterator[str]:
    for pair, old, new in status_log.recorded_again():
        yield f"pair {pair} went from {old} to {new}"


def counts_equal_rows() -> Iterator[str]:
    rows: dict[UUID, Counter[str]] = defaultdict(Counter)
    for job_id, status, pairs in (
        JobCertification.objects.order_by()
        .values_list("job_id", "status")
        .annotate(pairs=Count("pk"))
    ):
        rows[job_id][status] = pairs
    for job in CertificationJob.objects.all():
        found = rows[job.pk]
        kept = {
            "processed": (job.processed_models, found.total()),
            "passed": (job.success_count, found[PairStatus.PASSED]),
            "failed": (
                job.failure_count,
                found[PairStatus.FAILED] + found[PairStatus.INCONCLUSIVE],
            ),
            "inconclusive": (job.inconclusive_count, found[PairStatus.INCONCLUSIVE]),
            "unsupported": (job.unsupported_count, found[PairStatus.UNSUPPORTED]),
            "cancelled": (job.cancelled_count, found[PairStatus.CANCELLED]),
        }
        for name, (said, counted) in kept.items():
            if said != counted:
                yield f"job {job.pk} says {said} {name}, its rows {counted}"


def attempts_stay_within_the_limit() -> Iterator[str]:
    most = settings.CERTIFICATION_MAX_RETRIES + 1
    for pair in JobCertification.objects.filter(attempt__gt=F("excused") + most):
        yield f"pair {pair.pk} had {pair.attempt} attempts, {pair.excused} of them excused"


def dead_letters_are_those_of_the_exhausted() -> Iterator[str]:
    exhausted = set()
    records = Evidence.objects.select_related("certification").exclude(
        certification__status=PairStatus.PASSED
    )
    for record in records.iterator(500):
        categories = {check["error"]["category"] for check in record.results if check["error"]}
        decided = record.certification.error_category
        retries_could_help = any(POLICIES[Category(category)].retries for category in categories)
        if decided and (retries_could_help or decided in GIVEN_UP):
            exhausted.add(record.certification_id)
    given_up = set(DeadLetter.objects.values_list("certification_id", flat=True))
    for pair in exhausted - given_up:
        yield f"pair {pair} was given up without a dead letter"
    for pair in given_up - exhausted:
        yield f"pair {pair} has a dead letter and was not given up"


def a_pair_has_at_most_one_unanswered_dead_letter() -> Iterator[str]:
    several = (
        DeadLetter.objects.filter(status__in=UNANSWERED_DEAD_LETTER)
        .order_by()
        .values_list("certification__model", "certification__region")
        .annotate(dead_letters=Count("pk"))
        .filter(dead_letters__gt=1)
    )
    for model, region, dead_letters in several:
        yield f"{model} in {region} has {dead_letters} unanswered dead letters"


def each_standing_is_that_of_the_newest_record() -> Iterator[str]:
    newest: dict[tuple[UUID, str], JobCertification] = {}
    conclusive: dict[tuple[UUID, str], JobCertification] = {}
    ended = JobCertification.objects.exclude(status=PairStatus.CANCELLED)
    for pair in ended.filter(completed_at__isnull=False).order_by("completed_at").iterator():
        key = (pair.model_id, pair.region_id)
        newest[key] = pair
        if pair.status != PairStatus.INCONCLUSIVE:
            conclusive[key] = pair
    found = {(row.model_id, row.region_id): row for row in ModelCertification.objects.all()}
    for key, last in newest.items():
        row, judged = found.get(key), conclusive.get(key, last)
        if row is None:
            yield f"{key} has no standing"
            continue
        stale = last.error_category if judged is not last else ""
        verdict = standings.verdict_of(judged)
        said = (row.certification_id, row.verdict, row.status, row.score, row.stale_reason)
        true = (judged.pk, verdict, verdict, judged.score, stale)
        if said != true:
            yield f"{key} stands as {said}, its records say {true}"
    for key, row in found.items():
        if row.status in OPEN_STANDING:
            yield f"{key} still stands as {row.status}"


def no_region_is_over_its_limit() -> Iterator[str]:
    ordinary = settings.CERTIFICATION_REGION_CONCURRENCY
    own = {breaker.pk: breaker.limit for breaker in CircuitBreaker.objects.all()}
    limits = {
        region: own.get(region) or ordinary
        for region in Region.objects.values_list("pk", flat=True)
    }
    for region, most in status_log.most_at_work().items():
        if most > limits[region]:
            yield f"{region} had {most} pairs at work, its limit is {limits[region]}"


INVARIANTS: tuple[Invariant, ...] = (
    every_job_has_ended,
    every_pair_has_one_final_record,
    nothing_is_recorded_twice,
    counts_equal_rows,
    attempts_stay_within_the_limit,
    dead_letters_are_those_of_the_exhausted,
    a_pair_has_at_most_one_unanswered_dead_letter,
    each_standing_is_that_of_the_newest_record,
    no_region_is_over_its_limit,
)


def check() -> dict[str, list[str]]:
    """Returns the violations by the invariant's name."""
    return {each.__name__.replace("_", " "): list(each()) for each in INVARIANTS}
