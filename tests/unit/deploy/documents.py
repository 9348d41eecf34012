"""The deployment files, parsed."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
KUBERNETES = ROOT / "deploy/kubernetes"
# Variables that other programs read: uvicorn and boto3.
READ_BY_OTHERS = {
    "FORWARDED_ALLOW_IPS",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
}


@cache
def _parsed(path: Path) -> tuple[Any, ...]:
    return tuple(yaml.safe_load_all(path.read_text()))


def compose() -> dict[str, Any]:
    (document,) = _parsed(ROOT / "docker-compose.yml")
    return deepcopy(dict(document))


def ours() -> dict[str, Any]:
    """Returns the services that run Homologa's image."""
    return {name: each for name, each in compose()["services"].items() if "build" in each}


def manifests() -> list[dict[str, Any]]:
    """Returns the objects that `kubectl apply -k` creates, in the order of the kustomization."""
    (kustomization,) = _parsed(KUBERNETES / "kustomization.yaml")
    files = (_parsed(KUBERNETES / name) for name in kustomization["resources"])
    return [deepcopy(document) for documents in files for document in documents]


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in manifests() if each["kind"] == kind}


def settings_of_the_cluster() -> dict[str, str]:
    lines = (KUBERNETES / "settings.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def seconds_that_a_pair_may_take() -> float:
    """Returns the default of CERTIFICATION_TIMEOUT in seconds."""
    found = re.search(
        r'number\("CERTIFICATION_TIMEOUT", ([\d_]+)', (ROOT / "config/settings.py").read_text()
    )
    assert found is not None
    return int(found[1]) / 1000


def section(heading: str) -> str:
    """Returns a section of docs/operations.md, by the beginning of its heading."""
    text = (ROOT / "docs/operations.md").read_text()
    return text.split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]


def variables_that_are_read() -> set[str]:
    """Returns the names of the environment variables that the settings read, also with _FILE."""
    text = "".join((ROOT / f"config/{name}.py").read_text() for name in ("settings", "environment"))
    read = set(re.findall(r'(?:text|number|choice|words|some_of)\(\s*"([A-Z_]+)"', text))
    read |= {f"DATABASE_{part}" for part in ("NAME", "USER", "PASSWORD")}
    return read | {f"{name}_FILE" for name in read} | READ_BY_OTHERS
