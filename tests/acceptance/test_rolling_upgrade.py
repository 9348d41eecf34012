"""While an upgrade rolls out, processes of the earlier version and of this one work together."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from .deployment import QUEUE, ROOT, House, free_port, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.servers_only]

# The last commit of the version before this one.
EARLIER_VERSION = "49f2827f8adff951fe4d1b72242ef66210bdf3a1"
MODELS = 8
REGIONS = ["us-east-1", "us-west-2"]


@pytest.fixture(scope="module")
def earlier_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the earlier version."""
    archive = subprocess.run(
        ["git", "archive", EARLIER_VERSION], cwd=ROOT, capture_output=True, check=False
    )
    if archive.returncode:
        pytest.skip(f"the history of this checkout does not reach to {EARLIER_VERSION}")
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


def open_job(home: House) -> dict[str, Any]:
    _status, answer = home.ask("GET", f"{QUEUE}/certifiable-models")
    text_models = [model["id"] for model in answer["data"] if model["kind"] == "TEXT"]
    return home.open("certify-multiple", modelIds=text_models[:MODELS], regions=REGIONS)


def assert_completed(job: dict[str, Any]) -> None:
    assert job["status"] == "COMPLETED"
    assert job["processedModels"] == job["totalModels"] == MODELS * len(REGIONS)
    assert job["successCount"] > 0


def test_an_earlier_worker_carries_out_the_job_of_this_web(home: House, earlier_code: Path) -> None:
    opened = open_job(home)

    worker = home.start_worker(earlier_code)

    assert_completed(home.wait_for(opened["jobId"]))
    home.kill(worker)


def test_this_worker_carries_out_the_job_of_an_earlier_web(home: House, earlier_code: Path) -> None:
    port = free_port()
    web = home.start_web(port, earlier_code)
    earlier = dataclasses.replace(home, port=port)
    wait_until("the earlier web to answer", earlier.answers)
    opened = open_job(earlier)

    worker = home.start_worker()

    assert_completed(earlier.wait_for(opened["jobId"]))
    home.kill(worker)
    home.kill(web)


def test_workers_of_both_versions_share_a_job_and_each_pair_has_one_record(
    home: House, earlier_code: Path
) -> None:
    registered = home.rows("SELECT count(*) FROM certification_workers")[0][0]
    both = [home.start_worker(earlier_code), home.start_worker()]
    wait_until(
        "both workers to register",
        lambda: (
            home.rows("SELECT count(*) FROM certification_workers")[0][0] == registered + len(both)
        ),
    )

    jobs = [open_job(home)["jobId"] for _ in range(3)]

    for job in jobs:
        assert_completed(home.wait_for(job))
    named = ", ".join(f"'{job}'" for job in jobs)
    at_work = f"SELECT count(DISTINCT worker_id) FROM job_certifications WHERE job_id IN ({named})"
    assert home.rows(at_work) == [(len(both),)]
    for worker in both:
        home.kill(worker)
