"""The API conforms to its schema: checked by a fuzzer and by a generated client."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .deployment import PASSWORD, ROOT, Deployment

pytestmark = pytest.mark.processes

SCHEMA = ROOT / "docs" / "openapi.yaml"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def run(*command: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    bin_folder = str(Path(sys.executable).parent)
    # The fuzzer takes what `make` exports here for the name of an encoding.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONIOENCODING"}
    return subprocess.run(
        command,
        cwd=cwd,
        env=inherited | {"PATH": f"{bin_folder}:{os.environ['PATH']}"} | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def test_a_client_generated_from_the_schema_works(deployment: Deployment, tmp_path: Path) -> None:
    worker = deployment.start_worker()
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"content_type_overrides:\n  {SPREADSHEET}: application/octet-stream\n")
    made = run(
        "openapi-python-client", "generate", "--path", str(SCHEMA), "--meta", "none",
        "--output-path", str(tmp_path / "homologa_client"), "--config", str(settings),
        cwd=tmp_path,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr

    script = Path(__file__).with_name("generated_client_session.py")
    address = f"http://127.0.0.1:{deployment.port}"
    done = run(
        sys.executable, str(script), address, "root@example.com", PASSWORD,
        cwd=tmp_path, PYTHONPATH=str(tmp_path),
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "rows in the spreadsheet" in done.stdout
    deployment.kill(worker)


@pytest.mark.servers_only
def test_a_fuzzer_finds_no_server_error_and_no_response_that_violates_the_schema(
    deployment: Deployment, tmp_path: Path
) -> None:
    """Certifies a model first, so that the requests find a job, a certification and a standing."""
    worker = deployment.start_worker()
    opened = deployment.open("certify-model", modelId="amazon.nova-lite-v1:0", region="us-east-1")
    job = deployment.wait_for(opened["jobId"])
    deployment.kill(worker)
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(
        "[parameters]\n"
        f'"path.job_id" = "{job["id"]}"\n'
        f'"path.certification_id" = "{job["certifications"][0]["id"]}"\n'
        '"path.model_id" = "amazon.nova-lite-v1:0"\n'
        '"path.region" = "us-east-1"\n'
    )
    done = run(
        "schemathesis", "--config-file", str(settings), "run", str(SCHEMA),
        "--url", f"http://127.0.0.1:{deployment.port}",
        "--header", f"Authorization: Bearer {deployment.token}",
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
        "response_schema_conformance",
        "--exclude-operation-id", "logout",
        "--phases", "coverage,fuzzing", "--max-examples", "5",
        "--seed", "1",
        "--no-color",
        cwd=tmp_path,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-6000:]
    assert "429" not in done.stdout, "the fuzzer met the rate limit instead of the code"
