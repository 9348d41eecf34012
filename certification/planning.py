"""Opens rounds of recertification by the schedules that staff edit.

A round that is due is opened once, whoever else is planning: who moves the schedule on to its
next round opens it, in one transaction.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from . import locks, opening, queries
from .audit import Actor
from .errors import ScheduleNotFound
from .models import CertificationJob, ModelCertification, RecertificationPolicy
from .opening import By, Opened
from .queries import Watched
from .states import EXPIRED, Face

logger = logging.getLogger(__name__)

SCHEDULE = Actor(face=Face.SCHEDULE)


def open_due(now: datetime | None = None) -> list[CertificationJob]:
    """Opens the rounds that are due; gives their jobs."""
    now = now or timezone.now()
    due = RecertificationPolicy.objects.filter(is_active=True, next_round_at__lte=now)
    opened = [_round(policy_id, now) for policy_id in due.values_list("pk", flat=True)]
    return [job for job in opened if job is not None]


def open_now(policy_id: UUID, actor: Actor) -> Opened | None:
    """Opens what is due of one schedule at once, whatever its hours and its day's limit; None if
    nothing is. The rounds stay where they are. Raises ScheduleNotFound."""
    now = timezone.now()
    with transaction.atomic():
        locks.alone(locks.Lock.PLANNING)
        policy = RecertificationPolicy.objects.filter(pk=policy_id).first()
        if policy is None:
            raise ScheduleNotFound(_("There is no such schedule."), scheduleId=str(policy_id))
        watched = queries.watched(policy, now)
        _expire(watched, policy, now)
        return _open(policy, watched.due, actor)


def _round(policy_id: UUID, now: datetime) -> CertificationJob | None:
    """One round of one schedule; None if it was not due any more, or nothing was.

    1. alone, so that two schedules do not open the same pair side by side
    2. move on to the next round; who finds it moved has nothing to do
    3. outside its hours that is all
    4. mark as stale what is past its days
    5. open a job of what is due: never certified, stale, or past its days, the oldest first, and
       no more than the day's limit leaves for this round
    """
    with transaction.atomic():
        locks.alone(locks.Lock.PLANNING)
        policy = RecertificationPolicy.objects.get(pk=policy_id)
        mine = RecertificationPolicy.objects.filter(
            pk=policy_id, is_active=True, next_round_at__lte=now
        )
        if not mine.update(next_round_at=_after(policy, now), last_round_at=now):
            return None
        if not policy.is_open_at(timezone.localtime(now).hour):
            return None
        watched = queries.watched(policy, now)
        _expire(watched, policy, now)
        opened = _open(policy, watched.due[: _allowance(policy, now)], SCHEDULE)
    return opened.job if opened else None


def _open(
    policy: RecertificationPolicy, due: Sequence[tuple[UUID, str]], actor: Actor
) -> Opened | None:
    if not due:
        return None
    pairs = [(str(model), region) for model, region in due]
    opened = opening.open_pairs(pairs, By(actor, policy=policy))
    logger.info("schedule %s opened job %s of %d pairs", policy.name, opened.job.pk, len(due))
    return opened


def _after(policy: RecertificationPolicy, now: datetime) -> datetime:
    """The next round on the schedule's own beat; rounds that were missed are not made up for."""
    step = timedelta(hours=policy.every_hours)
    missed = max(0, (now - policy.next_round_at) // step)
    return policy.next_round_at + step * (missed + 1)


def _expire(watched: Watched, policy: RecertificationPolicy, now: datetime) -> None:
    ModelCertification.objects.filter(
        model__in=watched.models,
        region__in=watched.regions,
        completed_at__lt=now - timedelta(days=policy.valid_days),
        stale_reason="",
    ).update(stale_reason=EXPIRED)


def _allowance(policy: RecertificationPolicy, now: datetime) -> int | None:
    """How many pairs this round may open: the day's limit, spread over the day's rounds."""
    if policy.pairs_a_day is None:
        return None
    midnight = timezone.make_aware(datetime.combine(timezone.localtime(now).date(), time.min))
    today = CertificationJob.objects.filter(policy=policy, created_at__gte=midnight)
    opened = today.aggregate(pairs=Sum("total_models"))["pairs"] or 0
    rounds = max(1, policy.hours_a_day // policy.every_hours)
    return max(0, min(math.ceil(policy.pairs_a_day / rounds), policy.pairs_a_day - opened))
