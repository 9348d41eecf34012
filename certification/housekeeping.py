"""Forgets what nobody needs any more."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from knox.models import AuthToken

from .models import OpenedOnce, Worker

WORKER_KEPT = timedelta(days=1)
IDEMPOTENCY_KEY_KEPT = timedelta(days=1)


def forget_the_expired() -> None:
    """Deletes expired tokens, sessions and idempotency keys, and workers silent for a day."""
    AuthToken.objects.filter(expiry__lt=Now()).delete()
    Session.objects.filter(expire_date__lt=Now()).delete()
    Worker.objects.filter(beat_at__lt=Now() - WORKER_KEPT).delete()
    OpenedOnce.objects.filter(created_at__lt=Now() - IDEMPOTENCY_KEY_KEPT).delete()
