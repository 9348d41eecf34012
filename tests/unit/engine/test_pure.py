"""The engine and the simulator import neither Django nor each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


def imported_by(module: str) -> set[str]:
    script = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    reported = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(reported.stdout.split())


@pytest.mark.parametrize("module", ["certification.engine", "bedrock_simulator.__main__"])
def test_importing_it_imports_no_django_and_no_queue(module: str) -> None:
    found = imported_by(module)
    assert module.partition(".")[0] in found
    assert not found & {"django", "rest_framework", "celery", "kombu", "redis", "models_registry"}


def test_the_simulator_needs_no_aws_client_and_the_engine_no_simulator() -> None:
    assert "boto3" not in imported_by("bedrock_simulator.__main__")
    assert "uvicorn" not in imported_by("certification.engine")
