"""The processes of production, started with the commands and environment of the compose file."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from scripts import services, without_containers

from .deployment import QUEUE, database, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.servers_only]

PASSWORD = "a password for the acceptance"
REGIONS = 10
MODELS = 50


@pytest.fixture(scope="module")
def compose(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[without_containers.LocalServices]:
    folder = tmp_path_factory.mktemp("services")
    with services.redis() as broker, database(folder) as url:
        servers = broker.variables | {"DATABASE_URL": url}
        with without_containers.running_services(
            folder, servers, webs=2, workers=4, latency_ms=1, concurrency=4
        ) as running:
            running.create_administrator(PASSWORD)
            yield running


def ask(web: without_containers.Web, path: str, token: str = "", body: object = None) -> Any:
    status, answer = without_containers.request_web(web.port, path, body=body, token=token)
    assert status in (200, 201), answer
    return json.loads(answer)["data"]


def samples(port: int, name: str, token: str) -> Counter[str]:
    """Returns the values of a metric by its label other than the region, summed over regions."""
    status, text = without_containers.request_web(port, "/metrics", token=token)
    assert status == 200, text
    found: Counter[str] = Counter()
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            if sample.name == name:
                labels = {key: value for key, value in sample.labels.items() if key != "region"}
                found["".join(labels.values())] += int(sample.value)
    return found


def test_a_page_comes_with_its_files(compose: without_containers.LocalServices) -> None:
    port = compose.webs[0].port

    status, page = without_containers.request_web(port, "/admin/login/")

    assert status == 200, compose.log_tails()
    (sheet, *_) = re.findall(rb'href="(/static/[^"]+\.css)"', page)
    assert without_containers.request_web(port, sheet.decode())[0] == 200


def test_500_pairs_through_one_web_while_the_other_is_stopped_are_all_counted_in_the_metrics(
    compose: without_containers.LocalServices,
) -> None:
    other, web = compose.webs
    login = {"email": without_containers.EMAIL, "password": PASSWORD}
    token = ask(other, "/api/auth/login", body=login)["token"]
    compose.stop_web(other)
    models = [each["id"] for each in ask(web, f"{QUEUE}/certifiable-models", token)][:MODELS]
    regions = [each["id"] for each in ask(web, f"{QUEUE}/regions", token)][:REGIONS]

    opened = ask(web, f"{QUEUE}/certify-multiple", token, {"modelIds": models, "regions": regions})

    def job() -> dict[str, Any]:
        return dict(ask(web, f"{QUEUE}/jobs/{opened['jobId']}", token))

    wait_until("the job to end", lambda: job()["completedAt"] is not None, 120)
    ended = job()
    secret = compose.metrics_token
    by_process = [samples(port, "homologa_pairs_total", secret) for port in compose.worker_ports]
    assert all(each.total() > 0 for each in by_process), "a worker did nothing"
    by_process.append(samples(web.port, "homologa_pairs_total", secret))
    counted = sum(by_process, Counter())
    assert counted.total() == ended["totalModels"] == MODELS * REGIONS
    assert counted["PASSED"] == ended["successCount"] > 0
    assert counted["UNSUPPORTED"] == ended["unsupportedCount"]
    assert counted["INCONCLUSIVE"] == ended["inconclusiveCount"]
    assert counted["FAILED"] + counted["INCONCLUSIVE"] == ended["failureCount"]
    assert samples(web.port, "homologa_workers", secret)["ALIVE"] == 4
    assert samples(web.port, "homologa_queue_pairs", secret).total() == 0
    assert samples(web.port, "homologa_standings", secret).total() == MODELS * REGIONS
    assert not compose.ended(), compose.log_tails()


def test_a_killed_process_is_started_again(compose: without_containers.LocalServices) -> None:
    worker = next(each for each in compose.running if each.service == "worker")
    worker.process.kill()
    worker.process.wait()

    compose.restart_ended()

    assert compose.restarted == [worker.name]
    compose.wait_until_healthy()
