"""Workers are killed, queues flushed, rows deleted: each pair still gets exactly one record."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .deployment import QUEUE, Deployment, wait_until

pytestmark = pytest.mark.processes

MODELS = 16
REGIONS = ["us-east-1", "us-west-2"]


def open_job(deployment: Deployment) -> dict[str, Any]:
    """Opens a job with enough pairs to interfere with while it runs."""
    _status, answer = deployment.request("GET", f"{QUEUE}/certifiable-models")
    text_models = [model["id"] for model in answer["data"] if model["kind"] == "TEXT"]
    return deployment.open("certify-multiple", modelIds=text_models[:MODELS], regions=REGIONS)


def is_half_done(deployment: Deployment, opened: dict[str, Any]) -> bool:
    """Whether some pairs have ended with a call, some are running, and some still wait."""
    counts = (
        "SELECT count(CASE WHEN status IN ('PASSED', 'FAILED') THEN 1 END),"
        " count(CASE WHEN status = 'PROCESSING' THEN 1 END),"
        " count(CASE WHEN status IN ('PENDING', 'QUEUED') THEN 1 END)"
        f" FROM job_certifications WHERE job_id = '{key(deployment, opened)}'"
    )
    return all(n > 0 for n in deployment.rows(counts)[0])


def wait_until_half_done(deployment: Deployment, opened: dict[str, Any]) -> None:
    wait_until("the middle of the job", lambda: is_half_done(deployment, opened))


@contextmanager
def frozen_half_way(
    deployment: Deployment,
    worker: subprocess.Popen[bytes],
    opened: dict[str, Any],
    also: Callable[[], bool] = lambda: True,
) -> Iterator[None]:
    """Stops the worker's process in the middle of the job, so that what is true of the rows, and of
    `also`, when the block begins is still true when it acts."""

    def is_frozen_there() -> bool:
        if not is_half_done(deployment, opened):
            return False
        worker.send_signal(signal.SIGSTOP)
        time.sleep(0.2)  # for a commit that the database has already received
        if is_half_done(deployment, opened) and also():
            return True
        worker.send_signal(signal.SIGCONT)
        return False

    wait_until("a worker frozen in the middle of the job", is_frozen_there)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGCONT)


def key(deployment: Deployment, opened: dict[str, Any]) -> str:
    """Returns the job's id in the format of the database: SQLite stores UUIDs without hyphens."""
    sqlite = deployment.variables["DATABASE_URL"].startswith("sqlite")
    return str(opened["jobId"]).replace("-", "") if sqlite else str(opened["jobId"])


def assert_complete(deployment: Deployment, opened: dict[str, Any]) -> None:
    """Each pair has one final record, a standing and evidence, and the counts match the rows."""
    job = deployment.wait_for(opened["jobId"])
    assert job["status"] == "COMPLETED"
    where = f"WHERE job_id = '{key(deployment, opened)}'"
    by_status = dict(
        deployment.rows(f"SELECT status, count(*) FROM job_certifications {where} GROUP BY status")
    )
    assert set(by_status) <= {"PASSED", "FAILED", "INCONCLUSIVE", "UNSUPPORTED"}
    assert sum(by_status.values()) == opened["totalJobs"] == MODELS * len(REGIONS)
    assert job["processedModels"] == job["totalModels"] == opened["totalJobs"]
    assert job["successCount"] == by_status.get("PASSED", 0) > 0
    assert job["failureCount"] == by_status.get("FAILED", 0) + by_status.get("INCONCLUSIVE", 0)
    assert job["inconclusiveCount"] == by_status.get("INCONCLUSIVE", 0)
    assert job["unsupportedCount"] == by_status.get("UNSUPPORTED", 0)
    ((evidence,),) = deployment.rows(
        "SELECT count(*) FROM certification_evidence JOIN job_certifications AS pair"
        f" ON pair.id = certification_id {where}"
    )
    assert evidence == opened["totalJobs"] - by_status.get("UNSUPPORTED", 0)
    ((wrong,),) = deployment.rows(
        "SELECT count(*) FROM job_certifications AS pair LEFT JOIN model_certifications AS now"
        " ON now.model_id = pair.model_id AND now.region = pair.region"
        f" WHERE pair.job_id = '{key(deployment, opened)}' AND (now.id IS NULL"
        " OR now.status IN ('PENDING', 'QUEUED', 'PROCESSING')"
        " OR (pair.status <> 'INCONCLUSIVE' AND now.certification_id <> pair.id))"
    )
    assert wrong == 0


def test_a_worker_killed_while_it_works_loses_nothing(deployment: Deployment) -> None:
    worker = deployment.start_worker()
    opened = open_job(deployment)

    with frozen_half_way(deployment, worker, opened):
        deployment.kill(worker)
    deployment.start_worker()

    assert_complete(deployment, opened)
    ((attempts,),) = deployment.rows(
        f"SELECT max(attempt) FROM job_certifications WHERE job_id = '{key(deployment, opened)}'"
    )
    assert attempts > 1, "no pair was running when the worker was killed"


def test_a_queue_flushed_while_a_job_runs_loses_nothing(deployment: Deployment) -> None:
    worker = deployment.start_worker()
    opened = open_job(deployment)

    with frozen_half_way(deployment, worker, opened, also=deployment.has_messages):
        assert deployment.flush_the_broker() > 0, "there was no message to lose"

    assert_complete(deployment, opened)


def test_standings_deleted_while_a_job_runs_are_created_again(deployment: Deployment) -> None:
    deployment.start_worker()
    opened = open_job(deployment)
    wait_until_half_done(deployment, opened)

    deployment.run_sql("DELETE FROM model_certifications")

    assert_complete(deployment, opened)


def test_a_worker_that_is_stopped_releases_its_pairs(deployment: Deployment) -> None:
    worker = deployment.start_worker()
    opened = open_job(deployment)

    with frozen_half_way(deployment, worker, opened):
        worker.send_signal(signal.SIGTERM)

    assert worker.wait(60) == 0
    ((held,),) = deployment.rows(
        "SELECT count(*) FROM job_certifications WHERE status = 'PROCESSING'"
    )
    assert held == 0
    deployment.start_worker()
    assert_complete(deployment, opened)


def test_a_job_opened_without_a_worker_waits_for_one(deployment: Deployment) -> None:
    opened = open_job(deployment)

    deployment.start_worker()

    assert_complete(deployment, opened)
