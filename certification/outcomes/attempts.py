"""Writes how each attempt of a pair ended, in the transaction that ends it."""

from __future__ import annotations

from collections.abc import Iterable

from certification.engine import Certification
from certification.models import Attempt, JobCertification
from certification.states import AttemptOutcome


def write(
    pair: JobCertification,
    number: int,
    outcome: AttemptOutcome,
    certification: Certification | None = None,
) -> None:
    """Writes the attempt `number` of a pair, with the error and the checks of its run, if any."""
    attempt = _attempt(pair, number, outcome)
    if certification is not None:
        attempt.checks = [
            {
                "id": one.id,
                "status": one.status,
                "latencyMs": one.latency_ms,
                "errorCategory": one.error.category if one.error else None,
            }
            for one in certification.results
        ]
        if error := certification.error:
            attempt.error_category = error.category
            attempt.error_code = error.code[:64]
            attempt.error_message = error.text
    _insert([attempt])


def write_reclaimed(pairs: Iterable[JobCertification]) -> None:
    """Writes that the workers of these pairs were lost."""
    _insert([_attempt(pair, pair.attempt, AttemptOutcome.RECLAIMED) for pair in pairs])


def _attempt(pair: JobCertification, number: int, outcome: AttemptOutcome) -> Attempt:
    return Attempt(
        certification_id=pair.pk,
        number=number,
        outcome=outcome,
        worker=str(pair.worker) if pair.worker else "",
        started_at=pair.started_at,
    )


def _insert(attempts: list[Attempt]) -> None:
    # A worker of an earlier version may have ended the attempt before.
    Attempt.objects.bulk_create(attempts, ignore_conflicts=True)
