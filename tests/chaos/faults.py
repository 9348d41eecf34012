"""The faults, one function each. A fault returns False, and is not counted, if there was nothing to
disturb."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError

from certification.errors import JobStateConflict
from certification.jobs import lifecycle, opening
from certification.models import CertificationJob, JobCertification
from certification.queue import broker
from certification.states import CLAIMABLE_JOB, OPEN_JOB, JobStatus, PairStatus
from scripts import processes

from .cluster import Cluster, Kill, with_retries

Fault = Callable[[Cluster], bool]
HOURS = 3600.0
# The time in which a worker has to stop after SIGTERM.
STOP_SECONDS = 30.0


def kill_a_worker(cluster: Cluster) -> bool:
    """Kills a worker that is running pairs."""
    at_work = with_retries(
        lambda: set(
            JobCertification.objects.filter(status=PairStatus.PROCESSING).values_list(
                "worker__pid", flat=True
            )
        )
    )
    busy = [worker for worker in cluster.workers if worker.pid in at_work]
    if not busy:
        return False
    worker = cluster.rng.choice(busy)
    cluster.kill(worker)
    cluster.kills.append(Kill(worker.pid, with_retries(_database_time)))
    cluster.start_worker()
    return True


def stop_a_worker(cluster: Cluster) -> bool:
    """Sends SIGTERM: the worker has to release its pairs and end."""
    worker = cluster.any_worker()
    worker.send_signal(signal.SIGTERM)
    cluster.workers.remove(worker)
    cluster.start_worker()
    cluster.later(STOP_SECONDS, lambda: _check_stopped(cluster, worker))
    return True


def freeze_a_worker(cluster: Cluster) -> bool:
    """Stops a worker for longer than WORKER_LOST_AFTER_SECONDS, then continues it."""
    worker = cluster.any_worker()
    processes.send(worker.pid, signal.SIGSTOP)
    seconds = settings.WORKER_LOST_AFTER_SECONDS + cluster.rng.uniform(0.5, 4)
    # In another thread: this one may have to wait for a lock of the frozen worker.
    threading.Timer(seconds, processes.send, (worker.pid, signal.SIGCONT)).start()
    return True


def start_a_worker_with_a_wrong_clock(cluster: Cluster) -> bool:
    """Replaces a worker by one whose clock is wrong by hours."""
    cluster.kill(cluster.any_worker())
    cluster.start_worker(
        clock_shift=cluster.rng.choice((-1, 1)) * cluster.rng.uniform(2, 30) * HOURS
    )
    return True


def restart_the_broker_empty(cluster: Cluster) -> bool:
    cluster.broker.stop(cluster.rng.choice((signal.SIGKILL, signal.SIGTERM)))
    time.sleep(cluster.rng.uniform(0, 3))
    cluster.broker.start()
    return True


def drop_the_broker(cluster: Cluster) -> bool:
    """Kills the broker while it has messages, unacknowledged ones too, and restarts it."""
    cluster.broker.stop(signal.SIGKILL)
    time.sleep(cluster.rng.uniform(0.2, 2))
    cluster.broker.start()
    return True


def kill_the_primary(cluster: Cluster) -> bool:
    """Kills the server that holds our keys for good; another one has to take over."""
    cluster.broker.stop(signal.SIGKILL)
    return True


def freeze_the_broker(cluster: Cluster) -> bool:
    """Stops the broker's process: it accepts connections but does not answer."""
    process = cluster.broker.process
    processes.send(process.pid, signal.SIGSTOP)
    time.sleep(cluster.rng.uniform(1, 6))
    processes.send(process.pid, signal.SIGCONT)
    return True


def flush_the_queue(cluster: Cluster) -> bool:
    cluster.broker.client.flushall()
    return True


def restart_the_database(cluster: Cluster) -> bool:
    """Restarts PostgreSQL, after a fast shutdown or a kill."""
    cluster.database.stop(cluster.rng.choice((signal.SIGINT, signal.SIGKILL)))
    time.sleep(cluster.rng.uniform(0, 6))
    cluster.database.start()
    return True


def cut_the_connections(cluster: Cluster) -> bool:
    """Terminates all other connections, as a failover or a proxy's timeout does."""

    def cut() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            return bool(cursor.fetchone()[0])

    return with_retries(cut)


def copy_the_queue(cluster: Cluster) -> bool:
    """Duplicates or triplicates every waiting message."""
    connection = cluster.broker.client
    name = f"{cluster.broker.key_prefix}{settings.CERTIFICATION_QUEUE_NAME}"
    waiting = connection.lrange(name, 0, -1)
    for message in waiting:
        connection.lpush(name, *[message] * cluster.rng.randint(1, 2))
    return bool(waiting)


def publish_pairs_in_every_state(cluster: Cluster) -> bool:
    ids = with_retries(
        lambda: list(JobCertification.objects.order_by("?").values_list("pk", flat=True)[:200])
    )
    try:
        broker.publish_pairs(ids)
    except OperationalError:
        return False
    return bool(ids)


def make_regions_misbehave(cluster: Cluster) -> bool:
    """Sets a simulator fault for a third of the regions for some seconds."""
    regions = with_retries(
        lambda: sorted(JobCertification.objects.values_list("region_id", flat=True).distinct())
    )
    kinds = ("throttle", "error", "close", "garbage", "wrong_content_type", "cut_stream", "hang")
    cluster.simulator_api(
        "PUT",
        "faults",
        [
            {
                "match": {"region": region},
                "fault": cluster.rng.choice(kinds),
                "rate": cluster.rng.choice((0.1, 0.5, 1)),
            }
            for region in cluster.rng.sample(regions, k=max(1, len(regions) // 3))
        ],
    )
    cluster.later(cluster.rng.uniform(5, 15), lambda: cluster.simulator_api("DELETE", "faults"))
    return True


def pause_a_job_for_a_while(cluster: Cluster) -> bool:
    job = _some_job(cluster, CLAIMABLE_JOB)
    if job is None:
        return False
    try:
        with_retries(lambda: lifecycle.pause(job.pk))
    except JobStateConflict:
        return False
    cluster.later(cluster.rng.uniform(1, 6), lambda: _resume(job))
    return True


def cancel_a_job(cluster: Cluster) -> bool:
    job = _some_job(cluster, OPEN_JOB)
    if job is None:
        return False
    try:
        with_retries(lambda: lifecycle.cancel(job.pk))
    except JobStateConflict:
        return False
    return True


def open_two_jobs_over_the_same_pairs(cluster: Cluster) -> bool:
    """Opens both at the same time, over pairs that another job may also be running."""
    some = with_retries(
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
        threading.Thread(target=lambda: with_retries(lambda: opening.open_pairs(pairs)))
        for _ in range(2)
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    return True


def _some_job(cluster: Cluster, statuses: tuple[JobStatus, ...]) -> CertificationJob | None:
    found = with_retries(
        lambda: list(CertificationJob.objects.filter(status__in=statuses).order_by("pk"))
    )
    return cluster.rng.choice(found) if found else None


def _resume(job: CertificationJob) -> None:
    try:
        with_retries(lambda: lifecycle.resume(job.pk))
    except JobStateConflict:
        # It was cancelled in the meantime.
        return


def _check_stopped(cluster: Cluster, worker: subprocess.Popen[bytes]) -> None:
    if worker.poll() is None:
        cluster.not_stopped.append(worker.pid)
        processes.send(worker.pid, signal.SIGKILL)
        worker.wait()


def _database_time() -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
