"""The compose file, without running it; tests/acceptance/test_compose_services.py runs its
commands."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from scripts import without_containers

from .documents import (
    ROOT,
    compose,
    ours,
    seconds_that_a_pair_may_take,
    section,
    variables_that_are_read,
)

OURS = ("beat", "migrate", "web", "worker")


def test_it_is_what_the_specification_of_compose_allows() -> None:
    folder = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((folder / "compose-spec.json").read_text())

    jsonschema.validate(compose(), schema)


def test_our_image_runs_as_four_services() -> None:
    assert tuple(sorted(ours())) == OURS


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_can_do_no_more_than_it_must(name: str) -> None:
    service = ours()[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in service, "only the proxy is reached from outside"
    assert service["environment"]["HOMOLOGA_MODE"] == "production"


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_one_that_is_read(name: str) -> None:
    assert set(ours()[name]["environment"]) <= variables_that_are_read()


def test_only_those_who_call_aws_have_its_keys() -> None:
    having = {
        name for name, each in ours().items() if "AWS_SECRET_ACCESS_KEY" in each["environment"]
    }

    assert having == {"web", "worker"}


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name: str) -> None:
    words = shlex.split(ours()[name]["command"])

    if words[0] == "sh":
        for command in words[2].split("&&"):
            program, script, subcommand, *_ = shlex.split(command)
            assert (program, script) == ("python", "manage.py")
            known = subprocess.run(
                [sys.executable, "manage.py", subcommand, "--help"],
                cwd=ROOT, capture_output=True, check=False,
            )  # fmt: skip
            assert known.returncode == 0, known.stderr
    else:
        assert shutil.which(words[0], path=str(Path(sys.executable).parent))
        application = next(word for word in words if word.startswith("config"))
        module, _, attribute = application.partition(":")
        assert hasattr(import_module(module), attribute or "celery_app")


def test_the_file_contains_no_secret() -> None:
    document = compose()

    for name, service in document["services"].items():
        for variable, value in (service.get("environment") or {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|KEY", variable):
                in_file = str(value).startswith("/run/secrets/")
                assert in_file or re.fullmatch(r"\$\{\w+:-\}", str(value)), (name, variable)
    for name, secret in document["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
    assert "secrets/" in (ROOT / ".gitignore").read_text().split()
    assert "secrets" in (ROOT / ".dockerignore").read_text().split()


def test_every_secret_that_a_service_uses_is_mounted_and_created_by_the_head() -> None:
    document = compose()
    head = (ROOT / "docker-compose.yml").read_text().split("name:")[0]

    for name, service in document["services"].items():
        told = set(re.findall(r"/run/secrets/(\w+)", json.dumps(service)))
        assert told <= set(service.get("secrets", ())), name
    made = re.search(r"for name in ([\w ]+); do", head)
    assert made is not None
    assert set(made[1].split()) == set(document["secrets"])


def test_long_running_services_are_restarted_and_have_a_health_check() -> None:
    services = compose()["services"]
    lasting = {name: each for name, each in services.items() if name != "migrate"}

    assert all(each["restart"] == "unless-stopped" for each in lasting.values())
    for name in ("web", "worker", "postgres", "redis"):
        assert "healthcheck" in services[name], name
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {
            "condition": "service_completed_successfully"
        }


def test_webs_and_workers_can_be_scaled() -> None:
    services = compose()["services"]

    for name in ("web", "worker"):
        assert not {"ports", "container_name"} & set(services[name]), name
    assert services["beat"]["deploy"]["replicas"] == 1
    proxy = (ROOT / "deploy/caddy/Caddyfile").read_text()
    assert "dynamic a web 8000" in proxy


def test_an_upgrade_keeps_as_many_webs_and_workers_as_there_were() -> None:
    services = compose()["services"]
    head = (ROOT / "docker-compose.yml").read_text().split("name:")[0]

    for name, variable in (("web", "WEBS"), ("worker", "WORKERS")):
        replicas = services[name]["deploy"]["replicas"]
        assert replicas == f"${{{variable}:-1}}"
        assert without_containers.interpolated(replicas, {}) == "1"
        assert f"{variable}=" in head
    # --scale holds only until the next command without it.
    assert "--scale" not in head + section("Production on one host") + section("Upgrades")


def test_a_worker_that_stops_has_the_time_that_a_pair_may_take() -> None:
    grace = ours()["worker"]["stop_grace_period"]

    assert int(grace.removesuffix("s")) > seconds_that_a_pair_may_take()


def test_what_is_mounted_from_here_is_here() -> None:
    for name, service in compose()["services"].items():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).exists(), (name, volume)


def test_a_missing_required_variable_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="HOMOLOGA_HOSTS"):
        without_containers.read({})


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("${A}", "given"),
        ("${A:-other}", "given"),
        ("${NONE:-other}", "other"),
        ("${NONE:-}", ""),
        ("x ${A:?why} $$(cat y)", "x given $(cat y)"),
    ],
)
def test_variables_are_read_as_compose_reads_them(text: str, meant: str) -> None:
    assert without_containers.interpolated(text, {"A": "given"}) == meant


def dockerfile() -> list[str]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_image_checks_hashes_and_does_not_run_as_root() -> None:
    lines = dockerfile()
    users = [line for line in lines if line.startswith("USER")]

    assert all("--require-hashes" in line for line in lines if "pip install" in line)
    # A number other than 0: Kubernetes cannot check that a user name is not root.
    assert re.fullmatch(r"USER [1-9]\d*", users[-1])
    after = lines[lines.index(users[-1]) + 1 :]
    assert not [line for line in after if line.startswith(("RUN", "COPY", "ADD"))]
    assert len([line for line in lines if line.startswith("FROM")]) == 2


def test_the_image_has_no_secret_and_only_what_runs() -> None:
    lines = dockerfile()

    assert not [line for line in lines if re.match(r"(ENV|ARG).*(KEY|SECRET|PASSWORD|TOKEN)", line)]
    assert not [line for line in lines if line.startswith("ADD")]
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            *sources, _target = line.split()[1:]
            assert "." not in sources
            assert all((ROOT / source).exists() for source in sources), line
    installed = {"config", "certification", "models_registry", "templates", "static", "locale"}
    copied = {word for line in lines if line.startswith("COPY") for word in line.split()}
    assert installed <= copied


def test_the_image_and_the_compose_file_start_the_web_alike() -> None:
    command = next(line for line in dockerfile() if line.startswith("CMD"))

    assert json.loads(command.removeprefix("CMD")) == shlex.split(ours()["web"]["command"])


def test_github_runs_what_the_ci_runs() -> None:
    workflow: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())

    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    assert any(".ci/run" in step for step in steps)
    assert workflow["permissions"] == {"contents": "read"}


DIGEST = r"@sha256:[0-9a-f]{64}"


def test_images_are_named_by_version_and_digest() -> None:
    foreign = [each["image"] for each in compose()["services"].values() if "image" in each]
    bases = [line.split()[1] for line in dockerfile() if line.startswith("FROM")]

    assert len(foreign) == 5
    for image in (*foreign, *bases):
        assert re.fullmatch(rf"[\w/]+:v?\d+\.\d+[\w.-]*{DIGEST}", image), image


def test_actions_are_named_by_commit_and_an_sbom_is_made() -> None:
    workflow: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())

    used = [
        step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step
    ]
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in used)
    assert any("sbom" in action for action in used)
