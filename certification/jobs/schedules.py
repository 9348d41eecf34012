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
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from certification import locks, queries
from certification.accounts.audit import Actor
from certification.errors import ScheduleNotFound
from certification.models import CertificationJob, RecertificationPolicy
from certification.outcomes import standings
from certification.states import Face

from . import opening
from .opening import By, Opened

logger = logging.getLogger(__name__)

SCHEDULE = Actor(face=Face.SCHEDULE)


def open_due(now: datetime | None = None) -> list[CertificationJob]:
    """Marks what is past its days, and opens the rounds that are due; gives their jobs.

    The time is the database's, unless told. A schedule that cannot be carried out is logged, and
    keeps no other waiting.
    """
    active = list(
        RecertificationPolicy.objects.filter(is_active=True)
        .annotate(moment=Now())
        .values_list("pk", "next_round_at", "moment")
    )
    standings.expire(queries.schedules.past_their_days(now or Now()))
    opened = []
    for policy_id, next_round_at, moment in active:
        if next_round_at > (now or moment):
            continue
        try:
            job = _round(policy_id, now or moment)
        except Exception:
            logger.exception("schedule %s could not be carried out", policy_id)
            continue
        if job is not None:
            opened.append(job)
    return opened


def open_now(policy_id: UUID, actor: Actor) -> Opened | None:
    """Opens what is due of one schedule at once, whatever its hours and its day's limit; None if
    nothing is. The rounds stay where they are. Raises ScheduleNotFound."""
    with transaction.atomic():
        locks.alone(locks.Lock.PLANNING)
        found = RecertificationPolicy.objects.filter(pk=policy_id)
        now = found.values_list(Now(), flat=True).first()
        if now is None:
            raise ScheduleNotFound(_("There is no such schedule."), scheduleId=str(policy_id))
        policy = found.get()
        return _open(policy, queries.schedules.watched(policy, now).due, actor)


def _round(policy_id: UUID, now: datetime) -> CertificationJob | None:
    """One round of one schedule; None if it was not due any more, or nothing was.

    1. alone, so that two schedules do not open the same pair side by side
    2. move on to the next round, within the schedule's hours; who finds it moved has nothing to do
    3. outside those hours, as they stand now, that is all
    4. open a job of what is due: never certified, stale, or past its days, what was tried longest
       ago first, and no more than the day's limit leaves for this round
    """
    with transaction.atomic():
        locks.alone(locks.Lock.PLANNING)
        policy = RecertificationPolicy.objects.filter(pk=policy_id).first()
        if policy is None:
            return None
        is_open = policy.is_open_at(now)
        following = policy.opens_from(_beat_after(policy, now) if is_open else now)
        mine = RecertificationPolicy.objects.filter(
            pk=policy_id, is_active=True, next_round_at__lte=now
        )
        if not mine.update(next_round_at=following, last_round_at=now) or not is_open:
            return None
        due = queries.schedules.watched(policy, now).due
        opened = _open(policy, due[: _allowance(policy, now)], SCHEDULE)
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


def _beat_after(policy: RecertificationPolicy, now: datetime) -> datetime:
    """The next one of the schedule's own beat; rounds that were missed are not made up for."""
    step = timedelta(hours=policy.every_hours)
    missed = max(0, (now - policy.next_round_at) // step)
    return policy.next_round_at + step * (missed + 1)


def _allowance(policy: RecertificationPolicy, now: datetime) -> int | None:
    """How many pairs this round may open: the day's limit, spread over the day's rounds."""
    if policy.pairs_a_day is None:
        return None
    midnight = timezone.make_aware(datetime.combine(timezone.localtime(now).date(), time.min))
    today = CertificationJob.objects.filter(policy=policy, created_at__gte=midnight)
    opened = today.aggregate(pairs=Sum("total_models"))["pairs"] or 0
    rounds = max(1, policy.hours_a_day // policy.every_hours)
    return max(0, min(math.ceil(policy.pairs_a_day / rounds), policy.pairs_a_day - opened))
