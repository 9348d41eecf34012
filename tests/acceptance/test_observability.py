"""Health, metrics and logs of real processes."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from .conftest import QUICK
from .deployment import QUEUE, Deployment, free_port, running_deployment, wait_until

pytestmark = pytest.mark.processes

TOKEN = "a token that Prometheus shows"
REGIONS = ["us-east-1", "us-west-2"]
# Silences warnings that Celery prints to root before the log settings apply.
QUIET = {"PYTHONWARNINGS": "ignore", "C_FORCE_ROOT": "1"}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    more = QUICK | QUIET | {"METRICS_TOKEN": TOKEN, "LOG_FORMAT": "json"}
    with running_deployment(Path(tmp_path_factory.mktemp("deployment")), more) as here:
        yield here


@pytest.fixture(scope="module")
def ports(deployment: Deployment) -> list[int]:
    """Starts two workers, and returns their health ports."""
    found = [free_port(), free_port()]
    for port in found:
        watched = replace(
            deployment, variables=deployment.variables | {"WORKER_HEALTH_PORT": str(port)}
        )
        watched.start("worker", "celery", "--quiet", "-A", "config", "worker")
    wait_until("both workers to be well", lambda: all(status(port) == 200 for port in found))
    return found


def ask(port: int, path: str) -> tuple[int, bytes]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def status(port: int) -> int:
    try:
        return ask(port, "/health")[0]
    except OSError:
        return 0


def counted(port: int) -> dict[str, float]:
    """Returns the number of pairs that a process has counted, by verdict."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(ask(port, "/metrics")[1].decode()):
        for sample in family.samples:
            if sample.name == "homologa_pairs_total":
                verdict = sample.labels["verdict"]
                found[verdict] = found.get(verdict, 0) + sample.value
    return found


def log_lines(deployment: Deployment, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (deployment.data / f"{name}.log").read_text().splitlines()]


def test_all_counts_of_a_job_are_read_back_from_the_metrics_and_its_lines_from_the_log(
    deployment: Deployment, ports: list[int]
) -> None:
    _status, answer = deployment.request("GET", f"{QUEUE}/certifiable-models")
    models = [model["id"] for model in answer["data"]][:24]

    job_id = deployment.open("certify-multiple", modelIds=models, regions=REGIONS)["jobId"]
    job = deployment.wait_for(job_id)

    by_process = [counted(port) for port in (*ports, deployment.port)]
    assert all(by_process[:2]), "one of the workers carried out nothing"
    verdicts = {name: sum(each.get(name, 0) for each in by_process) for name in by_process[0]}
    unsupported = sum(each.get("UNSUPPORTED", 0) for each in by_process)
    assert verdicts["PASSED"] == job["successCount"] > 0
    assert unsupported == job["unsupportedCount"]
    assert sum(sum(each.values()) for each in by_process) == job["totalModels"] == 48
    ours = [line for line in log_lines(deployment, "worker") if line.get("job") == job_id]
    assert len({line["pair"] for line in ours}) == 48 - job["unsupportedCount"]
    assert all(line["attempt"] >= 1 for line in ours)
    assert any(
        " 201 in " in line["message"] and line["request"] for line in log_lines(deployment, "web")
    )


def test_a_broker_that_does_not_answer_is_reported_until_it_does(
    deployment: Deployment, ports: list[int]
) -> None:
    broker = redis.Redis.from_url(deployment.variables["REDIS_URL"])

    broker.execute_command("CLIENT", "PAUSE", 20_000)

    status_of_worker, health = ask(ports[0], "/health")
    status_of_web, ready = ask(deployment.port, "/health/ready")
    assert status_of_worker == 503
    assert "broker" in json.loads(health)["problems"]
    assert (status_of_web, json.loads(ready)["broker"]) == (200, "away")
    wait_until("the worker to be well again", lambda: status(ports[0]) == 200)
    wait_until(
        "the broker to be seen again",
        lambda: json.loads(ask(deployment.port, "/health/ready")[1])["broker"] == "ok",
    )
