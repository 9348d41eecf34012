"""Deletes what is no longer needed."""

from __future__ import annotations

from datetime import timedelta

from axes.models import AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from knox.models import AuthToken

from certification.models import (
    Evidence,
    IdempotentRequest,
    ModelCertification,
    PasswordGuess,
    Worker,
)

# Rows that one DELETE takes: a table is never locked for long.
BATCH = 1_000
GUESSES_KEPT = timedelta(days=1)
WORKER_KEPT = timedelta(days=1)
IDEMPOTENCY_KEY_KEPT = timedelta(days=1)
# A century: a date further back is out of the calendar's range.
MOST_DAYS = 36_500


def forget_the_expired() -> None:
    """Deletes expired tokens, sessions and idempotency keys, guesses of passwords a day after the
    last, and workers silent for a day."""
    AuthToken.objects.filter(expiry__lt=Now()).delete()
    Session.objects.filter(expire_date__lt=Now()).delete()
    Worker.objects.filter(beat_at__lt=Now() - WORKER_KEPT).delete()
    PasswordGuess.objects.filter(last_at__lt=Now() - GUESSES_KEPT).delete()
    IdempotentRequest.objects.filter(created_at__lt=Now() - IDEMPOTENCY_KEY_KEPT).delete()


def prune_sign_ins(days: int) -> int:
    """Deletes sign-ins and failed ones older than `days`; returns how many."""
    pruned = 0
    for log in (AccessLog, AccessFailureLog):
        old = log.objects.filter(attempt_time__lt=Now() - timedelta(days=min(days, MOST_DAYS)))
        while some := list(old.values_list("pk", flat=True)[:BATCH]):
            log.objects.filter(pk__in=some).delete()
            pruned += len(some)
    return pruned


def details_older_than(days: int) -> QuerySet[Evidence]:
    """Evidence of certifications that ended more than `days` ago, without the certifications that
    the present standings come from."""
    age = timedelta(days=min(days, MOST_DAYS))
    in_force = ModelCertification.objects.filter(certification=OuterRef("pk"))
    return Evidence.objects.filter(~Exists(in_force), certification__completed_at__lt=Now() - age)


def prune(days: int) -> int:
    """Deletes evidence older than `days`; returns how many rows. Records, verdicts and standings
    stay."""
    pruned = 0
    while some := list(details_older_than(days).values_list("pk", flat=True)[:BATCH]):
        Evidence.objects.filter(pk__in=some).delete()
        pruned += len(some)
    return pruned
