"""During a rolling upgrade, processes of the earlier version and of this version run together."""

from __future__ import annotations

import dataclasses
import io
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from .deployment import QUEUE, ROOT, Deployment, free_port, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.servers_only]

# The last commit of the version before this one.
EARLIER_VERSION = "49f2827f8adff951fe4d1b72242ef66210bdf3a1"
MODELS = 8
REGIONS = ["us-east-1", "us-west-2"]


@pytest.fixture(scope="module")
def earlier_code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a checkout of the earlier version."""
    archive = subprocess.run(
        ["git", "archive", EARLIER_VERSION], cwd=ROOT, capture_output=True, check=False
    )
    if archive.returncode:
        pytest.skip(f"the history of this checkout does not reach to {EARLIER_VERSION}")
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


def open_job(deployment: Deployment) -> dict[str, Any]:
    _status, answer = deployment.request("GET", f"{QUEUE}/certifiable-models")
    text_models = [model["id"] for model in answer["data"] if model["kind"] == "TEXT"]
    return deployment.open("certify-multiple", modelIds=text_models[:MODELS], regions=REGIONS)


def assert_completed(job: dict[str, Any]) -> None:
    assert job["status"] == "COMPLETED"
    assert job["processedModels"] == job["totalModels"] == MODELS * len(REGIONS)
    assert job["successCount"] > 0


def test_an_earlier_worker_carries_out_the_job_of_this_web(
    deployment: Deployment, earlier_code: Path
) -> None:
    opened = open_job(deployment)

    worker = deployment.start_worker(earlier_code)

    assert_completed(deployment.wait_for(opened["jobId"]))
    deployment.kill(worker)


def test_this_worker_carries_out_the_job_of_an_earlier_web(
    deployment: Deployment, earlier_code: Path
) -> None:
    port = free_port()
    web = deployment.start_web(port, earlier_code)
    earlier = dataclasses.replace(deployment, port=port)
    wait_until("the earlier web to answer", earlier.answers)
    opened = open_job(earlier)

    worker = deployment.start_worker()

    assert_completed(earlier.wait_for(opened["jobId"]))
    deployment.kill(worker)
    deployment.kill(web)


def test_workers_of_both_versions_share_a_job_and_each_pair_has_one_record(
    deployment: Deployment, earlier_code: Path
) -> None:
    registered = deployment.rows("SELECT count(*) FROM certification_workers")[0][0]
    both = [deployment.start_worker(earlier_code), deployment.start_worker()]
    wait_until(
        "both workers to register",
        lambda: (
            deployment.rows("SELECT count(*) FROM certification_workers")[0][0]
            == registered + len(both)
        ),
    )

    jobs = [open_job(deployment)["jobId"] for _ in range(3)]

    for job in jobs:
        assert_completed(deployment.wait_for(job))
    named = ", ".join(f"'{job}'" for job in jobs)
    at_work = f"SELECT count(DISTINCT worker_id) FROM job_certifications WHERE job_id IN ({named})"
    assert deployment.rows(at_work) == [(len(both),)]
    for worker in both:
        deployment.kill(worker)
