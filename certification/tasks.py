"""Celery's side: an id in, one call, done."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from . import certifying, dispatch, housekeeping, worker_process


@shared_task
def certify_pair(pair_id: str) -> None:
    certifying.carry_out(
        UUID(pair_id), worker_process.current_worker(), stopping=worker_process.is_stopping
    )


@shared_task
def fan_out(job_id: str) -> None:
    dispatch.fan_out(UUID(job_id))


@shared_task(name="certification.tasks.housekeeping")
def keep_house() -> None:
    housekeeping.forget_the_expired()
