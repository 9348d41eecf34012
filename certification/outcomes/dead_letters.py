"""Keeps a dead letter for each pair that was given up, until its pair passes or a person decides.

(jobs/reopening.py requeues them, since that opens a job.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from certification import locks, queries
from certification.accounts import audit
from certification.accounts.audit import COMMAND_LINE, Actor
from certification.engine import Category, Certification, Verdict
from certification.models import DeadLetter, JobCertification
from certification.states import UNANSWERED_DEAD_LETTER, AuditAction, DeadLetterStatus

# Given up although no call was made that another try could repeat.
GIVEN_UP = frozenset({Category.WORKER_LOST, Category.CIRCUIT_OPEN, Category.INTERNAL})


def is_given_up(certification: Certification) -> bool:
    """Whether a record gives its pair up: another try could have had another result."""
    if certification.error is None or certification.verdict is Verdict.PASSED:
        return False
    return certification.retries > 0 or certification.error.category in GIVEN_UP


def write(pair: JobCertification, certification: Certification) -> None:
    """Writes the dead letter of a pair that ended just now; earlier ones of the same model and
    region become SUPERSEDED."""
    error = certification.error
    assert error is not None
    assert pair.completed_at is not None
    _of_pair(pair).update(status=DeadLetterStatus.SUPERSEDED, closed_at=Now())
    DeadLetter.objects.create(
        certification=pair,
        payload=_payload(pair),
        error_category=error.category,
        error_code=error.code[:64],
        error_message=error.text,
        traceback=error.trace,
        attempts=pair.attempt - pair.excused,
        first_failed_at=pair.first_error_at or pair.completed_at,
    )


def close_answered(pair: JobCertification) -> None:
    """Closes the dead letters of a pair that passed."""
    _of_pair(pair).update(status=DeadLetterStatus.CLOSED, closed_at=Now())


def dismiss(dead_letter_ids: Sequence[UUID], actor: Actor = COMMAND_LINE) -> int:
    """Closes dead letters that are not to be tried again; returns how many were still open.

    Raises DeadLetterNotFound.
    """
    with transaction.atomic():
        locks.acquire(locks.Lock.DEAD_LETTERS)
        found = queries.dead_letters.find(dead_letter_ids)
        changed = DeadLetter.objects.filter(
            pk__in=[dead_letter.pk for dead_letter in found], status__in=UNANSWERED_DEAD_LETTER
        ).update(status=DeadLetterStatus.DISMISSED, closed_at=Now(), closed_by=actor.user)
        if changed:
            audit.note(
                actor, AuditAction.DEAD_LETTERS_DISMISSED, subject=named(found), deadLetters=changed
            )
    return changed


def named(dead_letters: Sequence[DeadLetter]) -> str:
    """How an audit entry names dead letters: model · region."""
    return ", ".join(
        f"{dead_letter.certification.model.api_model_id} · {dead_letter.certification.region_id}"
        for dead_letter in dead_letters
    )


def _of_pair(pair: JobCertification) -> QuerySet[DeadLetter]:
    return DeadLetter.objects.filter(
        certification__model=pair.model_id,
        certification__region=pair.region_id,
        status__in=UNANSWERED_DEAD_LETTER,
    )


def _payload(pair: JobCertification) -> dict[str, Any]:
    return {
        "jobId": str(pair.job_id),
        "modelId": str(pair.model_id),
        "apiModelId": pair.model.api_model_id,
        "region": pair.region_id,
        "config": pair.job.config,
    }
