"""Opens rounds of recertification by the schedules that staff edit.

A round that is due is opened once, even if two processes look at the same time: the one that moves
the schedule on to its next round opens the job, in one transaction.
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
from certification.models import CertificationJob, Schedule
from certification.outcomes import standings
from certification.states import Face

from . import opening
from .requests import Opened, OpenRequest, Options

logger = logging.getLogger(__name__)

SCHEDULE = Actor(face=Face.SCHEDULE)


def open_due(now: datetime | None = None) -> list[CertificationJob]:
    """Marks standings that are too old as stale, and opens the rounds that are due; returns their
    jobs.

    `now` defaults to the database's time. A schedule that fails is logged and does not stop the
    others.
    """
    active = list(
        Schedule.objects.filter(is_active=True)
        .annotate(moment=Now())
        .values_list("pk", "next_round_at", "moment")
    )
    standings.expire(queries.schedules.past_validity(now or Now()))
    opened = []
    for schedule_id, next_round_at, moment in active:
        if next_round_at > (now or moment):
            continue
        try:
            job = _round(schedule_id, now or moment)
        except Exception:
            logger.exception("the round of schedule %s could not be opened", schedule_id)
            continue
        if job is not None:
            opened.append(job)
    return opened


def open_now(schedule_id: UUID, actor: Actor) -> Opened | None:
    """Opens a job of what is due of one schedule, regardless of its hours and daily limit; None if
    nothing is due. Its next round does not move. Raises ScheduleNotFound."""
    with transaction.atomic():
        locks.acquire(locks.Lock.SCHEDULES)
        found = Schedule.objects.filter(pk=schedule_id)
        now = found.values_list(Now(), flat=True).first()
        if now is None:
            raise ScheduleNotFound(_("There is no such schedule."), scheduleId=str(schedule_id))
        schedule = found.get()
        return _open(schedule, queries.schedules.coverage(schedule, now).due, actor)


def _round(schedule_id: UUID, now: datetime) -> CertificationJob | None:
    """One round of one schedule; None if it was no longer due, or nothing was.

    1. take the lock of all schedules, so that two of them do not open the same pair
    2. move the schedule on to its next round, within its hours; if it was moved already, stop
    3. outside its hours, stop
    4. open a job of the due pairs (never certified, stale, or too old), those tried longest ago
       first, as many as the daily limit leaves for this round
    """
    with transaction.atomic():
        locks.acquire(locks.Lock.SCHEDULES)
        schedule = Schedule.objects.filter(pk=schedule_id).first()
        if schedule is None:
            return None
        hours = schedule.opening_hours
        is_open = hours.is_open_at(now)
        if is_open:
            following = hours.next_round(_next_round_after(schedule, now), after=now)
        else:
            following = hours.opens_from(now)
        mine = Schedule.objects.filter(pk=schedule_id, is_active=True, next_round_at__lte=now)
        if not mine.update(next_round_at=following, last_round_at=now) or not is_open:
            return None
        due = queries.schedules.coverage(schedule, now).due
        opened = _open(schedule, due[: _allowance(schedule, now)], SCHEDULE)
    return opened.job if opened else None


def _open(schedule: Schedule, due: Sequence[tuple[UUID, str]], actor: Actor) -> Opened | None:
    if not due:
        return None
    pairs = [(str(model), region) for model, region in due]
    options = Options(routes=tuple(schedule.routes))
    opened = opening.open_pairs(pairs, OpenRequest(actor, options, schedule=schedule))
    logger.info("schedule %s opened job %s of %d pairs", schedule.name, opened.job.pk, len(due))
    return opened


def _next_round_after(schedule: Schedule, now: datetime) -> datetime:
    """The next round of the schedule's own rhythm; missed rounds are not made up for."""
    step = timedelta(hours=schedule.every_hours)
    missed = max(0, (now - schedule.next_round_at) // step)
    return schedule.next_round_at + step * (missed + 1)


def _allowance(schedule: Schedule, now: datetime) -> int | None:
    """How many pairs this round may open: the daily limit, spread over the day's rounds. None: no
    limit."""
    if schedule.pairs_a_day is None:
        return None
    midnight = timezone.make_aware(datetime.combine(timezone.localtime(now).date(), time.min))
    today = CertificationJob.objects.filter(schedule=schedule, created_at__gte=midnight)
    opened = today.aggregate(pairs=Sum("total_models"))["pairs"] or 0
    rounds = max(1, schedule.hours_a_day // schedule.every_hours)
    return max(0, min(math.ceil(schedule.pairs_a_day / rounds), schedule.pairs_a_day - opened))
