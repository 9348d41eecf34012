"""Alerts and dashboard query only exposed metrics, and each alert has a section in the runbook."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.urls import URLPattern

from certification.engine import Category, Verdict
from certification.observability import metrics
from certification.worker.health import Health
from config.urls import urlpatterns
from tests.factories.certification import StandingFactory, result
from tests.factories.registry import RegionFactory

from .conftest import samples

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
CONFIG = ROOT / "deploy/prometheus/prometheus.yml"
DASHBOARD = ROOT / "deploy/grafana/dashboards/homologa.json"
# Labels that Prometheus adds to every sample.
ADDED = {"job", "instance"}
# The routes in config/urls.py for probes and Prometheus.
FOR_MACHINES = {
    route.name
    for route in urlpatterns
    if isinstance(route, URLPattern) and str(route.pattern).startswith(("health/", "metrics"))
}
OPERATORS = {"and", "or", "unless", "on", "ignoring", "group_left", "group_right", "bool"}


@pytest.fixture
def exposed(client: Client) -> bytes:
    """Returns the metrics of a web process and a worker, with every labelled metric present."""
    StandingFactory.create(verdict="CERTIFIED", region=RegionFactory.create())
    metrics.record_run(result(ttft_ms=100, cost=Decimal("0.1")))
    metrics.record_verdict("us-test", Verdict.FAILED, Category.ACCESS)
    metrics.record_retry("us-test", Category.THROTTLED)
    client.get("/health/live")
    health = Health((), True, True, 1.0, 1.0, 1, 16)
    return metrics.render([*health.as_gauges(), *metrics.from_database()])


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def recorded() -> dict[str, set[str]]:
    """Returns the names of the recording rules, each with its labels."""
    named = {rule["record"]: set(rule.get("labels", ())) for rule in rules() if "record" in rule}
    return {name: set().union(*named.values()) for name in named}


def dashboard_queries() -> list[str]:
    dashboard = json.loads(DASHBOARD.read_text())
    found = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    for variable in dashboard["templating"]["list"]:
        name, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["definition"]).groups()  # type: ignore[union-attr]
        found.append(f"sum by ({label}) ({name})")
    return found


def unknown_in(query: str, known: dict[str, set[str]]) -> set[str]:
    """Returns the metrics and labels of a query that are not exposed. `known`: labels by metric."""
    grouping = r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)"
    grouped = {word for words in re.findall(grouping, query) for word in re.findall(r"\w+", words)}
    query = re.sub(r"\[[^\]]*\]", "", re.sub(grouping, "", query))
    selected = dict(re.findall(r"([\w:]+)\s*\{([^}]*)\}", query))
    bare = re.sub(r"\{[^}]*\}", "", query)
    named = set(re.findall(r"\b[a-zA-Z_][\w:]*\b(?!\s*\()", bare)) - OPERATORS
    assert named, f"no metric in {query}"
    unknown = {name for name in named if name not in known}
    for name, matchers in selected.items():
        labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
        unknown |= {f"{name}.{label}" for label in labels - known.get(name, set()) - ADDED}
    of_named = set().union(*(known.get(name, set()) for name in named))
    return unknown | (grouped - of_named - ADDED)


def labels_by_metric(exposed: bytes) -> dict[str, set[str]]:
    known = {
        name: set().union(*(labels for labels, _value in found))
        for name, found in samples(exposed).items()
    }
    # Prometheus's own, and one that the client library exposes only on Linux.
    return {**known, **recorded(), "up": set(), "process_start_time_seconds": set()}


def test_every_query_names_only_what_is_exposed(exposed: bytes) -> None:
    known = labels_by_metric(exposed)
    queries = [rule["expr"] for rule in rules()] + dashboard_queries()

    wrong = {query: unknown for query in queries if (unknown := unknown_in(query, known))}

    assert len(queries) > 40
    assert wrong == {}


@pytest.mark.parametrize(
    ("query", "unknown"),
    [
        ("sum(rate(homologa_nothing_total[5m]))", {"homologa_nothing_total"}),
        ('max(homologa_workers{status="ALIVE"}) == 0', {"homologa_workers.status"}),
        ("sum by (verdict) (homologa_worker_slots)", {"verdict"}),
    ],
)
def test_a_query_that_names_something_else_is_found(
    exposed: bytes, query: str, unknown: set[str]
) -> None:
    assert unknown_in(query, labels_by_metric(exposed)) == unknown


def test_the_label_values_in_alerts_are_exposed(exposed: bytes) -> None:
    exposed_values = {
        value for found in samples(exposed).values() for of, _ in found for value in of.values()
    }
    exposed_values |= {"homologa-web", "homologa-worker", *Verdict, *Category}
    exposed_values |= {value for rule in rules() for value in rule.get("labels", {}).values()}
    exposed_values |= FOR_MACHINES
    text = " ".join([rule["expr"] for rule in rules()])

    queried_values = set("|".join(re.findall(r'[=!]~?"([A-Z_|a-z-]+)"', text)).split("|"))

    assert len(queried_values) > 5
    assert queried_values <= exposed_values


def test_alerts_on_requests_exclude_those_of_probes_and_prometheus() -> None:
    judged = [rule["expr"] for rule in alerts() if "homologa_http_" in rule["expr"]]

    assert len(judged) == 2
    for query in judged:
        for _metric, matchers in re.findall(r"(homologa_http_\w+)(\{[^}]*\})?", query):
            left_out = re.search(r'view!~"([^"]+)"', matchers)
            assert left_out is not None, query
            assert set(left_out[1].split("|")) == FOR_MACHINES


def headings() -> Iterator[str]:
    for line in (ROOT / "docs/operations.md").read_text().splitlines():
        if line.startswith("#"):
            yield line.lstrip("# ").lower().replace(" ", "-")


def test_each_alert_has_its_section_in_the_runbook() -> None:
    sections = {f"docs/operations.md#{heading}" for heading in headings()}
    for rule in alerts():
        runbook = rule["annotations"]["runbook"]

        assert runbook == f"docs/operations.md#{rule['alert'].lower()}"
        assert runbook in sections
        assert rule["labels"]["severity"] in ("critical", "warning")


def test_prometheus_scrapes_the_ports_of_web_and_workers() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    jobs = yaml.safe_load(CONFIG.read_text())["scrape_configs"]
    targets = {job["job_name"]: job["dns_sd_configs"][0] for job in jobs}

    assert {one["names"][0] for one in targets.values()} <= compose["services"].keys()
    assert f"--port {targets['homologa-web']['port']}" in compose["services"]["web"]["command"]
    health = " ".join(compose["services"]["worker"]["healthcheck"]["test"])
    assert f":{targets['homologa-worker']['port']}/health" in health


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on this machine")
def test_promtool_finds_nothing_wrong(exposed: bytes) -> None:
    for arguments, given in (
        (["check", "rules", str(ALERTS)], None),
        (["check", "config", "--syntax-only", str(CONFIG)], None),
        (["check", "metrics"], exposed),
        (["test", "rules", str(HERE / "alerts_fire.yml")], None),
    ):
        done = subprocess.run(
            ["promtool", *arguments], input=given, capture_output=True, check=False, timeout=60
        )

        assert done.returncode == 0, (done.stdout + done.stderr).decode()
