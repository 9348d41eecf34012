"""Forgets what nobody needs any more."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from knox.models import AuthToken

from certification.models import Evidence, IdempotentRequest, ModelCertification, Worker

# Rows that one DELETE takes: a table is never locked for long.
BATCH = 1_000
WORKER_KEPT = timedelta(days=1)
IDEMPOTENCY_KEY_KEPT = timedelta(days=1)
# A century: the calendar has to reach back as far.
MOST_DAYS = 36_500


def forget_the_expired() -> None:
    """Deletes expired tokens, sessions and idempotency keys, and workers silent for a day."""
    AuthToken.objects.filter(expiry__lt=Now()).delete()
    Session.objects.filter(expire_date__lt=Now()).delete()
    Worker.objects.filter(beat_at__lt=Now() - WORKER_KEPT).delete()
    IdempotentRequest.objects.filter(created_at__lt=Now() - IDEMPOTENCY_KEY_KEPT).delete()


def details_older_than(days: int) -> QuerySet[Evidence]:
    """What was asked and what came back in certifications that ended so many days ago; those that
    the present standings rest on are not among them."""
    age = timedelta(days=min(days, MOST_DAYS))
    in_force = ModelCertification.objects.filter(certification=OuterRef("pk"))
    return Evidence.objects.filter(~Exists(in_force), certification__completed_at__lt=Now() - age)


def prune(days: int) -> int:
    """Deletes such details; gives how many. Records, verdicts and standings stay."""
    pruned = 0
    while some := list(details_older_than(days).values_list("pk", flat=True)[:BATCH]):
        Evidence.objects.filter(pk__in=some).delete()
        pruned += len(some)
    return pruned
