"""Celery's side: an id in, one call, done."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.conf import settings

from . import aws_sync, certifying, feeding, housekeeping, planning, worker_process


@shared_task
def certify_pair(pair_id: str) -> None:
    certifying.carry_out(
        UUID(pair_id), worker_process.current_worker(), stopping=worker_process.is_stopping
    )


@shared_task
def fan_out(job_id: str) -> None:
    """The id is for who reads the queue: whose turn it is does not depend on who rang."""
    feeding.feed()


@shared_task(name="certification.tasks.housekeeping")
def keep_house() -> None:
    housekeeping.forget_the_expired()


@shared_task
def prune() -> None:
    if settings.CERTIFICATION_DETAILS_KEPT_DAYS:
        housekeeping.prune(settings.CERTIFICATION_DETAILS_KEPT_DAYS)


@shared_task
def open_due_rounds() -> None:
    planning.open_due()


@shared_task
def sync_with_aws() -> None:
    aws_sync.as_scheduled()
