"""Faults of the simulator, certified in AWS's mode by a real deployment and read over REST."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.planted import HAIKU, LITE, PLAIN, PLANTED, REASONER, differences, expected_of

from .conftest import QUICK
from .deployment import QUEUE, Deployment, running_deployment, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.sqlite_only]

AWS = {
    "HOMOLOGA_BEDROCK": "aws",
    "CERTIFICATION_CONCURRENCY": "16",
    "CERTIFICATION_MAX_RETRIES": "1",
}
SEED = int(os.environ.get("HOSTILE_SEED") or 1)
ROWS = [row for row in PLANTED if not row.is_alone]
# Enough pairs for most of what the hostile mode draws.
MODELS = (*PLAIN[:6], HAIKU, LITE, REASONER)
REGIONS = ("us-east-1", "us-west-2", "eu-west-2", "ap-south-1", "sa-east-1")
NO_PAIR_WAITS_FOR_ITS_TIME = (
    "UPDATE job_certifications SET due_at = created_at WHERE status = 'PENDING'"
)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with running_deployment(Path(tmp_path_factory.mktemp("planted")), QUICK | AWS) as here:
        here.start_worker()
        yield here


def wait_for(deployment: Deployment, job_ids: list[str], seconds: float = 600) -> None:
    """Waits until the jobs have ended. Pairs that wait for minutes are due at once."""

    def ended() -> bool:
        deployment.run_sql(NO_PAIR_WAITS_FOR_ITS_TIME)
        while job_ids and deployment.job(job_ids[-1])["completedAt"]:
            job_ids.pop()
        return not job_ids

    wait_until("every job to end", ended, seconds)


def standings(deployment: Deployment) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    page = 1
    while True:
        status, answer = deployment.request("GET", f"{QUEUE}/certifications?page={page}&limit=100")
        assert status == 200, answer
        for one in answer["data"]["certifications"]:
            found[one["model"]["apiModelId"], one["region"]] = one
        if len(answer["data"]["certifications"]) < 100:
            return found
        page += 1


def test_every_planted_fault_gets_its_verdict(deployment: Deployment) -> None:
    deployment.set_simulator("PUT", "faults", [rule for row in ROWS for rule in row.rules])
    opened = [
        deployment.open("certify-model", modelId=row.model, region=row.region)["jobId"]
        for row in ROWS
    ]
    wait_for(deployment, opened)

    found = standings(deployment)
    wrong = {}
    print(f"\n{'fault':<62} {'expected':<29} got")
    for row in ROWS:
        got = found[row.model, row.region]
        expected = f"{row.status} {row.category}".strip()
        told = f"{got['status']} {got['errorCategory'] or ''}".strip()
        marks = [got["route"]["kind"]] if got["route"] else []
        marks += ["unsteady"] * (got["unsteadyCount"] > 0) + got["deadCapabilities"]
        print(f"{row.name:<62} {expected:<29} {told} ({', '.join(marks)})")
        if differing := differences(row, got):
            wrong[row.name] = differing
        assert got["endpoint"] == deployment.variables["SIMULATOR_URL"]
    assert not wrong


def test_whatever_the_hostile_mode_draws_there_is_no_false_verdict(deployment: Deployment) -> None:
    print(f"\nHOSTILE_SEED={SEED}")
    deployment.set_simulator("POST", "reset")
    deployment.set_simulator("PUT", "hostile", {"seed": SEED})
    job_id = deployment.open("certify-multiple", modelIds=list(MODELS), regions=list(REGIONS))[
        "jobId"
    ]
    wait_for(deployment, [job_id])

    drawn = {
        (pair["model"], pair["region"]): pair["rule"]
        for pair in deployment.set_simulator("GET", "hostile")["pairs"]
    }
    _status, answer = deployment.request("GET", f"{QUEUE}/jobs/{job_id}")
    wrong = {}
    for pair in answer["data"]["certifications"]:
        key = pair["model"]["apiModelId"], pair["region"]
        if pair["status"] == "UNSUPPORTED":
            assert key not in drawn
        elif pair["status"] != (expected := expected_of(drawn[key])):
            wrong[key] = (drawn[key], expected, pair["status"], pair["errorMessage"])
    assert not wrong, f"seed {SEED}"
    assert len(drawn) > 20
