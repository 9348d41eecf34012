"""Workers die, queues are flushed, rows vanish: every pair still gets exactly one record."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from .deployment import QUEUE, House, wait_until

pytestmark = pytest.mark.processes

MODELS = 16
REGIONS = ["us-east-1", "us-west-2"]


def open_job(home: House) -> dict[str, Any]:
    """A job over many models, in the middle of which something can happen."""
    _status, answer = home.ask("GET", f"{QUEUE}/certifiable-models")
    text_models = [model["id"] for model in answer["data"] if model["kind"] == "TEXT"]
    return home.open("certify-multiple", modelIds=text_models[:MODELS], regions=REGIONS)


def wait_for_the_middle(home: House, opened: dict[str, Any]) -> None:
    """Until some pairs have ended with a call, some run, and some still wait."""
    counts = (
        "SELECT count(CASE WHEN status IN ('PASSED', 'FAILED') THEN 1 END),"
        " count(CASE WHEN status = 'PROCESSING' THEN 1 END),"
        " count(CASE WHEN status IN ('PENDING', 'QUEUED') THEN 1 END)"
        f" FROM job_certifications WHERE job_id = '{key(home, opened)}'"
    )
    wait_until("the middle of the job", lambda: all(n > 0 for n in home.rows(counts)[0]), 30)


def key(home: House, opened: dict[str, Any]) -> str:
    """The job's id as its database writes it."""
    sqlite = home.variables["DATABASE_URL"].startswith("sqlite")
    return str(opened["jobId"]).replace("-", "") if sqlite else str(opened["jobId"])


def assert_whole(home: House, opened: dict[str, Any]) -> None:
    """Every pair has one final record, one standing and its evidence; the counts are the rows'."""
    job = home.wait_for(opened["jobId"])
    assert job["status"] == "COMPLETED"
    where = f"WHERE job_id = '{key(home, opened)}'"
    by_status = dict(
        home.rows(f"SELECT status, count(*) FROM job_certifications {where} GROUP BY status")
    )
    assert set(by_status) <= {"PASSED", "FAILED", "INCONCLUSIVE", "UNSUPPORTED"}
    assert sum(by_status.values()) == opened["totalJobs"] == MODELS * len(REGIONS)
    assert job["processedModels"] == job["totalModels"] == opened["totalJobs"]
    assert job["successCount"] == by_status.get("PASSED", 0) > 0
    assert job["failureCount"] == by_status.get("FAILED", 0) + by_status.get("INCONCLUSIVE", 0)
    assert job["inconclusiveCount"] == by_status.get("INCONCLUSIVE", 0)
    assert job["unsupportedCount"] == by_status.get("UNSUPPORTED", 0)
    ((evidence,),) = home.rows(
        "SELECT count(*) FROM certification_evidence JOIN job_certifications AS pair"
        f" ON pair.id = certification_id {where}"
    )
    assert evidence == opened["totalJobs"] - by_status.get("UNSUPPORTED", 0)
    ((wrong,),) = home.rows(
        "SELECT count(*) FROM job_certifications AS pair LEFT JOIN model_certifications AS now"
        " ON now.model_id = pair.model_id AND now.region = pair.region"
        f" WHERE pair.job_id = '{key(home, opened)}' AND (now.id IS NULL"
        " OR now.status IN ('PENDING', 'QUEUED', 'PROCESSING')"
        " OR (pair.status <> 'INCONCLUSIVE' AND now.certification_id <> pair.id))"
    )
    assert wrong == 0


def test_a_worker_killed_in_the_middle_loses_nothing(home: House) -> None:
    worker = home.start_worker()
    opened = open_job(home)
    wait_for_the_middle(home, opened)

    home.kill(worker)
    again = home.start_worker()

    assert_whole(home, opened)
    ((attempts,),) = home.rows(
        f"SELECT max(attempt) FROM job_certifications WHERE job_id = '{key(home, opened)}'"
    )
    assert attempts > 1, "the kill met no pair in the middle"
    home.kill(again)


def test_a_queue_flushed_in_the_middle_loses_nothing(home: House) -> None:
    worker = home.start_worker()
    opened = open_job(home)
    wait_for_the_middle(home, opened)

    assert home.flush_the_broker() > 0, "there was no message to lose"

    assert_whole(home, opened)
    home.kill(worker)


def test_standings_deleted_in_the_middle_are_made_again(home: House) -> None:
    worker = home.start_worker()
    opened = open_job(home)
    wait_for_the_middle(home, opened)

    home.run_sql("DELETE FROM model_certifications")

    assert_whole(home, opened)
    home.kill(worker)


def test_a_worker_told_to_stop_leaves_nothing_in_its_hands(home: House) -> None:
    worker = home.start_worker()
    opened = open_job(home)
    wait_for_the_middle(home, opened)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(30) == 0
    ((held,),) = home.rows("SELECT count(*) FROM job_certifications WHERE status = 'PROCESSING'")
    assert held == 0
    again = home.start_worker()
    assert_whole(home, opened)
    home.kill(again)


def test_a_job_opened_while_no_worker_is_there_waits_for_one(home: House) -> None:
    opened = open_job(home)

    worker = home.start_worker()

    assert_whole(home, opened)
    home.kill(worker)
