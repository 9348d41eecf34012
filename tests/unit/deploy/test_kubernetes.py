"""The Kubernetes manifests, checked without a cluster."""

from __future__ import annotations

import json
import re
import shlex
from ipaddress import ip_network
from typing import Any

import kubernetes_validate
import pytest
import yaml

from .documents import (
    KUBERNETES,
    ROOT,
    manifests,
    of_kind,
    ours,
    seconds_that_a_pair_may_take,
    section,
    settings_of_the_cluster,
    variables_that_are_read,
)

WORKLOADS = ("homologa-web", "homologa-worker", "homologa-beat", "homologa-migrate")


def pod(name: str) -> dict[str, Any]:
    workload = {**of_kind("Deployment"), **of_kind("Job")}[name]
    return dict(workload["spec"]["template"]["spec"])


def containers(name: str) -> list[dict[str, Any]]:
    found = pod(name)
    return [*found.get("initContainers", ()), *found["containers"]]


def test_every_manifest_is_what_its_kind_allows() -> None:
    for manifest in manifests():
        kubernetes_validate.validate(manifest, "1.32", strict=True)


def test_every_file_is_applied_or_says_what_else_it_is_for() -> None:
    kustomization = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
    apart = {"kustomization.yaml", "prometheus.yml", "prometheus-adapter.yaml", "settings.env"}

    assert {path.name for path in KUBERNETES.iterdir()} == set(kustomization["resources"]) | apart


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_pod_can_do_no_more_than_it_must(name: str) -> None:
    found = pod(name)

    assert found["securityContext"]["runAsNonRoot"]
    assert f"USER {found['securityContext']['runAsUser']}\n" in (ROOT / "Dockerfile").read_text()
    assert found["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert found["automountServiceAccountToken"] is False
    assert found["serviceAccountName"] in of_kind("ServiceAccount")
    for container in containers(name):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} <= set(container["resources"])


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_pod_has_the_folders_that_its_environment_names(name: str) -> None:
    volumes = {volume["name"] for volume in pod(name)["volumes"]}
    files = [value for key, value in settings_of_the_cluster().items() if key.endswith("_FILE")]

    for container in containers(name):
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert set(mounts) <= volumes
        assert all(file.startswith(f"{mounts['secrets']}/") for file in files)
        assert mounts["tmp"] == "/tmp"


def test_every_setting_is_one_that_is_read() -> None:
    assert set(settings_of_the_cluster()) <= variables_that_are_read()


def test_no_manifest_contains_a_secret() -> None:
    assert not of_kind("Secret")
    for variable, value in settings_of_the_cluster().items():
        if re.search("PASSWORD|SECRET|TOKEN|KEY", variable):
            assert value.startswith("/run/secrets/"), variable


@pytest.mark.parametrize("service", ["web", "worker", "beat", "migrate"])
def test_the_commands_are_those_of_the_compose_file(service: str) -> None:
    (container,) = pod(f"homologa-{service}")["containers"]

    assert container["command"] == shlex.split(ours()[service]["command"])


@pytest.mark.parametrize("name", WORKLOADS[:3])
def test_no_pod_starts_before_the_database_is_migrated(name: str) -> None:
    (waiting,) = pod(name)["initContainers"]

    assert waiting["command"] == ["python", "manage.py", "migrate", "--check"]


def test_a_worker_that_stops_has_the_time_that_a_pair_may_take() -> None:
    assert pod("homologa-worker")["terminationGracePeriodSeconds"] > seconds_that_a_pair_may_take()


def test_the_namespace_is_made_before_anything_is_put_into_it() -> None:
    steps = section("Production on many hosts")

    made = steps.index("apply -f deploy/kubernetes/namespace.yaml")
    assert made < steps.index("kubectl -n homologa") < steps.index("apply -k deploy/kubernetes")


def test_not_every_private_address_is_trusted_as_the_proxy() -> None:
    networks = settings_of_the_cluster()["FORWARDED_ALLOW_IPS"].split(",")

    assert all(ip_network(each).prefixlen >= 16 for each in networks)


def test_probes_use_existing_endpoints() -> None:
    (web,) = pod("homologa-web")["containers"]
    (worker,) = pod("homologa-worker")["containers"]
    urls = (ROOT / "config/urls.py").read_text()

    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        path = web[probe]["httpGet"]["path"].removeprefix("/")
        assert f'path("{path}"' in urls
        # By what works: a port stays open while no thread gets its turn.
        assert worker[probe]["httpGet"]["path"] in ("/health", "/health/live")
    assert worker["livenessProbe"]["httpGet"]["path"] == "/health/live"
    ports = {
        port["name"]: port["containerPort"] for each in (web, worker) for port in each["ports"]
    }
    assert ports == {"http": 8000, "health": 3002}


def test_there_is_one_beat_and_it_is_never_two() -> None:
    spec = of_kind("Deployment")["homologa-beat"]["spec"]

    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


@pytest.mark.parametrize("name", ["homologa-web", "homologa-worker"])
def test_scaled_workloads_leave_replicas_to_the_autoscaler_and_survive_a_drain(name: str) -> None:
    scaler = of_kind("HorizontalPodAutoscaler")[name]["spec"]

    assert "replicas" not in of_kind("Deployment")[name]["spec"]
    assert scaler["scaleTargetRef"]["name"] == name
    assert scaler["minReplicas"] >= 2
    budget = of_kind("PodDisruptionBudget")[name]["spec"]
    assert budget == {"maxUnavailable": 1, "selector": {"matchLabels": {"app": name}}}


def test_workers_are_scaled_by_a_metric_that_exists() -> None:
    (metric,) = of_kind("HorizontalPodAutoscaler")["homologa-worker"]["spec"]["metrics"]
    adapter = yaml.safe_load((KUBERNETES / "prometheus-adapter.yaml").read_text())
    (rule,) = adapter["rules"]["external"]

    assert metric["external"]["metric"]["name"] == rule["name"]["as"]
    (source,) = re.findall(r'__name__="(\w+)"', rule["seriesQuery"])
    assert source in rule["metricsQuery"]
    assert f'"{source}"' in (ROOT / "certification/observability/metrics/gauges.py").read_text()


def test_the_clusters_prometheus_knows_the_jobs_that_the_alerts_go_by() -> None:
    text = (KUBERNETES / "prometheus.yml").read_text()
    jobs = {each["job_name"] for each in yaml.safe_load(text)["scrape_configs"]}
    alerts = (ROOT / "deploy/prometheus/alerts.yml").read_text()

    assert set(re.findall(r'job="([\w-]+)"', alerts)) <= jobs


CALLS = {
    ".converse(": "bedrock:InvokeModel",
    ".invoke_model(": "bedrock:InvokeModel",
    ".converse_stream(": "bedrock:InvokeModelWithResponseStream",
    ".count_tokens(": "bedrock:CountTokens",
    ".get_foundation_model_availability(": "bedrock:GetFoundationModelAvailability",
    ".list_foundation_models(": "bedrock:ListFoundationModels",
    '"list_inference_profiles"': "bedrock:ListInferenceProfiles",
}


def test_aws_allows_what_is_called_and_nothing_else() -> None:
    sources = [*ROOT.glob("certification/engine/*.py"), *ROOT.glob("models_registry/aws/*.py")]
    text = "".join(path.read_text() for path in sources)
    called = {action for call, action in CALLS.items() if call in text}

    def allowed(name: str) -> set[str]:
        policy = json.loads((ROOT / f"docs/aws/{name}.json").read_text())
        assert all(each["Effect"] == "Allow" for each in policy["Statement"])
        return {action for each in policy["Statement"] for action in each["Action"]}

    assert called == set(CALLS.values())
    assert allowed("worker") == called
    assert allowed("web") == {action for action in called if ":List" in action}


def test_pods_reach_only_names_servers_and_aws() -> None:
    policies = of_kind("NetworkPolicy")
    everybody = [each["spec"] for each in policies.values() if each["spec"]["podSelector"] == {}]
    out = [rule for each in policies.values() for rule in each["spec"].get("egress", ())]

    assert {kind for each in everybody for kind in each["policyTypes"]} == {"Ingress", "Egress"}
    assert {port["port"] for rule in out for port in rule["ports"]} == {53, 5432, 6379, 443}
    anywhere = [peer["ipBlock"] for rule in out for peer in rule["to"] if "ipBlock" in peer]
    for block in anywhere:
        if block["cidr"] == "0.0.0.0/0":
            assert "169.254.0.0/16" in block["except"]
    applied = policies["homologa-out"]["spec"]["podSelector"]["matchExpressions"][0]["values"]
    assert set(applied) == set(WORKLOADS)
