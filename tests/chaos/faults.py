"""The faults, one function each. A fault that found nothing to break gives False and is not
counted."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError

from certification.errors import JobStateConflict
from certification.jobs import lifecycle, opening
from certification.models import CertificationJob, JobCertification
from certification.queue import broker
from certification.states import CLAIMABLE_JOB, OPEN_JOB, JobStatus, PairStatus
from scripts import processes

from .cluster import Kill, World, patiently

Fault = Callable[[World], bool]
HOURS = 3600.0
# Within which a worker that is told to stop has to be gone.
STOP_SECONDS = 30.0


def kill_a_worker(world: World) -> bool:
    """One that is at work."""
    at_work = patiently(
        lambda: set(
            JobCertification.objects.filter(status=PairStatus.PROCESSING).values_list(
                "worker__pid", flat=True
            )
        )
    )
    busy = [worker for worker in world.workers if worker.pid in at_work]
    if not busy:
        return False
    worker = world.chance.choice(busy)
    world.kill(worker)
    world.kills.append(Kill(worker.pid, patiently(_database_time)))
    world.start_worker()
    return True


def stop_a_worker(world: World) -> bool:
    """In order: it has to hand back what it holds."""
    worker = world.any_worker()
    worker.send_signal(signal.SIGTERM)
    world.workers.remove(worker)
    world.start_worker()
    world.later(STOP_SECONDS, lambda: _see_whether_it_left(world, worker))
    return True


def freeze_a_worker(world: World) -> bool:
    """Long enough to be taken for lost; then it goes on as if nothing had been."""
    worker = world.any_worker()
    processes.send(worker.pid, signal.SIGSTOP)
    seconds = settings.WORKER_LOST_AFTER_SECONDS + world.chance.uniform(0.5, 4)
    # Not by this thread, which may have to wait for what the frozen one holds.
    threading.Timer(seconds, processes.send, (worker.pid, signal.SIGCONT)).start()
    return True


def start_a_worker_with_a_wrong_clock(world: World) -> bool:
    """In the place of another."""
    world.kill(world.any_worker())
    world.start_worker(
        clock_shift=world.chance.choice((-1, 1)) * world.chance.uniform(2, 30) * HOURS
    )
    return True


def restart_the_broker_empty(world: World) -> bool:
    world.broker.stop(world.chance.choice((signal.SIGKILL, signal.SIGTERM)))
    time.sleep(world.chance.uniform(0, 3))
    world.broker.start()
    return True


def freeze_the_broker(world: World) -> bool:
    """It takes connections and answers nothing."""
    process = world.broker.process
    processes.send(process.pid, signal.SIGSTOP)
    time.sleep(world.chance.uniform(1, 6))
    processes.send(process.pid, signal.SIGCONT)
    return True


def flush_the_queue(world: World) -> bool:
    _redis(world).flushall()
    return True


def restart_the_database(world: World) -> bool:
    """In order, or where it stands."""
    world.database.stop(world.chance.choice((signal.SIGINT, signal.SIGKILL)))
    time.sleep(world.chance.uniform(0, 6))
    world.database.start()
    return True


def cut_the_connections(world: World) -> bool:
    """Those of everybody else, as a failover or an impatient proxy does."""

    def cut() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            return bool(cursor.fetchone()[0])

    return patiently(cut)


def copy_the_queue(world: World) -> bool:
    """Every message that waits is told two or three times."""
    connection, name = _redis(world), settings.CERTIFICATION_QUEUE_NAME
    waiting = connection.lrange(name, 0, -1)
    for message in waiting:
        connection.lpush(name, *[message] * world.chance.randint(1, 2))
    return bool(waiting)


def publish_pairs_in_every_state(world: World) -> bool:
    ids = patiently(
        lambda: list(JobCertification.objects.order_by("?").values_list("pk", flat=True)[:200])
    )
    try:
        broker.publish_pairs(ids)
    except OperationalError:
        return False
    return bool(ids)


def make_regions_misbehave(world: World) -> bool:
    """Some regions, in some way, for a while."""
    regions = patiently(
        lambda: sorted(JobCertification.objects.values_list("region_id", flat=True).distinct())
    )
    kinds = ("throttle", "error", "close", "garbage", "wrong_content_type", "cut_stream", "hang")
    world.steer(
        "PUT",
        "faults",
        [
            {
                "match": {"region": region},
                "fault": world.chance.choice(kinds),
                "rate": world.chance.choice((0.1, 0.5, 1)),
            }
            for region in world.chance.sample(regions, k=max(1, len(regions) // 3))
        ],
    )
    world.later(world.chance.uniform(5, 15), lambda: world.steer("DELETE", "faults"))
    return True


def pause_a_job_for_a_while(world: World) -> bool:
    job = _some_job(world, CLAIMABLE_JOB)
    if job is None:
        return False
    try:
        patiently(lambda: lifecycle.pause(job.pk))
    except JobStateConflict:
        return False
    world.later(world.chance.uniform(1, 6), lambda: _resume(job))
    return True


def cancel_a_job(world: World) -> bool:
    job = _some_job(world, OPEN_JOB)
    if job is None:
        return False
    try:
        patiently(lambda: lifecycle.cancel(job.pk))
    except JobStateConflict:
        return False
    return True


def open_two_jobs_over_the_same_pairs(world: World) -> bool:
    """At the same time, over pairs that another job may be at work on, too."""
    some = patiently(
        lambda: list(
            JobCertification.objects.order_by("?").values_list("model__api_model_id", "region_id")[
                :20
            ]
        )
    )
    if not some:
        return False
    pairs = list(dict.fromkeys(some))
    both = [
        threading.Thread(target=lambda: patiently(lambda: opening.open_pairs(pairs)))
        for _ in range(2)
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    return True


def _some_job(world: World, statuses: tuple[JobStatus, ...]) -> CertificationJob | None:
    found = patiently(
        lambda: list(CertificationJob.objects.filter(status__in=statuses).order_by("pk"))
    )
    return world.chance.choice(found) if found else None


def _resume(job: CertificationJob) -> None:
    try:
        patiently(lambda: lifecycle.resume(job.pk))
    except JobStateConflict:
        # Cancelled meanwhile.
        return


def _see_whether_it_left(world: World, worker: subprocess.Popen[bytes]) -> None:
    if worker.poll() is None:
        world.stubborn.append(worker.pid)
        processes.send(worker.pid, signal.SIGKILL)
        worker.wait()


def _database_time() -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def _redis(world: World) -> redis.Redis:
    return redis.Redis.from_url(world.broker.variables["REDIS_URL"])
