"""Who carries the work out."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from certification.models import Worker


def live_workers() -> QuerySet[Worker]:
    """Worker processes whose heart beats."""
    since = Now() - timedelta(seconds=settings.WORKER_LOST_AFTER_SECONDS)
    return Worker.objects.filter(stopped_at=None, beat_at__gte=since)
