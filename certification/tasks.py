"""Celery tasks: each takes ids and calls one function."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.conf import settings

from .jobs import retention, schedules
from .queue import admission
from .registry import sync
from .worker import celery_signals, run_pair


@shared_task
def certify_pair(pair_id: str) -> None:
    run_pair.run(
        UUID(pair_id), celery_signals.current_worker(), stopping=celery_signals.is_stopping
    )


@shared_task
def fan_out(job_id: str) -> None:
    """The id only tells who reads the queue which job it is: admission lets all jobs take turns."""
    admission.admit()


@shared_task(name="certification.tasks.housekeeping")
def keep_house() -> None:
    retention.forget_the_expired()


@shared_task
def prune() -> None:
    if settings.CERTIFICATION_DETAILS_KEPT_DAYS:
        retention.prune(settings.CERTIFICATION_DETAILS_KEPT_DAYS)
    if settings.SIGN_INS_KEPT_DAYS:
        retention.prune_sign_ins(settings.SIGN_INS_KEPT_DAYS)


@shared_task
def open_due_rounds() -> None:
    schedules.open_due()


@shared_task
def sync_with_aws() -> None:
    sync.run_daily()
