"""Publishes messages: each carries an id and nothing else.

The only module that talks to the broker. Raises kombu's OperationalError if it is away.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from kombu import Queue
from kombu.exceptions import OperationalError

from certification.models import CertificationJob

FAN_OUT = "certification.tasks.fan_out"
CERTIFY_PAIR = "certification.tasks.certify_pair"


def publish_job(job: CertificationJob) -> None:
    """One message for a whole job, whatever its size."""
    current_app.send_task(FAN_OUT, (str(job.pk),), task_id=str(job.task_id))


def publish_pairs(pair_ids: Iterable[UUID]) -> None:
    """One message for each pair; the task's id is the pair's."""
    with current_app.producer_pool.acquire(block=True) as producer:
        for pair_id in pair_ids:
            current_app.send_task(
                CERTIFY_PAIR, (str(pair_id),), task_id=str(pair_id), producer=producer
            )


def waiting_messages() -> int:
    """Returns the number of messages in the pairs' queue."""
    with current_app.connection_for_read() as connection:
        try:
            bound = Queue(settings.CERTIFICATION_QUEUE_NAME).bind(connection.default_channel)
            declared: Any = bound.queue_declare()
        except connection.recoverable_connection_errors as error:
            # Unlike publishing, this lets the client library's own errors through.
            raise OperationalError(str(error)) from error
        return int(declared.message_count)
