"""Takes screenshots of every screen, wide and narrow, light and dark: `make screenshots`.

    screenshots.py [--docs]

Starts a temporary deployment and fills it by real runs against the simulator. The pictures, in
Portuguese, go to screenshots/ in the data folder; with --docs those that the README shows also go
to docs/pictures/. Exits with 2 without a browser.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

import django
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from . import chromium

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tests import screens  # noqa: E402 - what it imports needs a Django that is set up
from tests.acceptance.deployment import PASSWORD, QUEUE, Deployment, running_deployment  # noqa: E402
from tests.browser.samples import of_job  # noqa: E402

Scheme: TypeAlias = Literal["light", "dark"]

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
MAX_BYTES = 150_000
QUICK = {
    "CERTIFICATION_MAX_RETRIES": "1",
    "CERTIFICATION_REGION_CONCURRENCY": "64",
    "API_REQUESTS_PER_MINUTE": "1000000",
}
WIDTHS = {1280: 900, 390: 844}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# The README's pictures: screen, width (pixels), colour scheme.
README_PICTURES: tuple[tuple[str, int, Scheme], ...] = (
    ("index", 1280, "light"),
    ("matrix-chosen", 860, "light"),
    ("jobs-opened", 1280, "light"),
    ("certification", 1280, "dark"),
    ("index", 390, "light"),
)
ANA = "ana.souza@example.com"
_INITIAL_DATA = f"""
from django.contrib.auth.models import User
from certification.accounts.roles import Role, give_role
from certification.models import Schedule
ana = User.objects.create_user({ANA!r}, {ANA!r}, {PASSWORD!r}, is_staff=True)
give_role(ana, Role.ADMINISTRATOR)
Schedule.objects.create(
    name="Anthropic, a cada mês", vendors=["Anthropic"], from_hour=22, to_hour=6, is_active=False
)
"""
# Shifts the times of a job some weeks into the past.
_MAKE_OLDER = """
from datetime import timedelta
from django.db.models import F
from certification.models import CertificationJob, JobCertification
ago = timedelta(weeks={weeks}, hours=5)
moments = {{name: F(name) - ago for name in ("created_at", "started_at", "completed_at")}}
CertificationJob.objects.filter(pk={job!r}).update(**moments)
pairs = JobCertification.objects.filter(job={job!r})
pairs.update(**{{name: F(name) - ago for name in ("created_at", "completed_at")}})
"""
REGIONS = ("us-east-1", "us-west-2", "eu-west-3", "sa-east-1", "ap-south-1", "ap-northeast-1")
MODELS = (
    "amazon.nova-micro-v1:0",
    "amazon.nova-lite-v1:0",
    "amazon.nova-pro-v1:0",
    "amazon.nova-premier-v1:0",
    "amazon.titan-embed-text-v2:0",
    "anthropic.claude-opus-4-1-20250805-v1:0",
    "cohere.embed-english-v3",
    "google.gemma-3-4b-it",
    "google.gemma-3-12b-it",
    "meta.llama3-8b-instruct-v1:0",
    "meta.llama4-scout-17b-instruct-v1:0",
    "mistral.mistral-7b-instruct-v0:2",
    "moonshot.kimi-k2-thinking",
)
GARBAGE = {"match": {"model": "*nova-lite*", "region": "eu-west-3"}, "fault": "garbage"}
SLOW = {"fault": "slow", "latency_ms": 20_000}


def fill(deployment: Deployment) -> tuple[str, str]:
    """Creates weeks of jobs, then one cancelled, one paused and one running. Returns the ids of the
    last job that completed and of the running one."""
    deployment.run_python(_INITIAL_DATA)
    status, answer = deployment.request(
        "POST", "/api/auth/login", {"email": ANA, "password": PASSWORD}
    )
    assert status == 200, answer
    deployment.token = answer["data"]["token"]
    deployment.start_worker()
    for weeks, regions in ((6, REGIONS[:2]), (4, REGIONS[:4]), (3, REGIONS)):
        run_weeks_ago(deployment, weeks, certify(deployment, MODELS, regions))
    run_weeks_ago(deployment, 1, str(deployment.open("certify-all", regions=[*REGIONS])["jobId"]))
    set_fault(deployment, GARBAGE)
    ended = certify(deployment, MODELS, REGIONS)
    deployment.wait_for(ended, 180)
    set_fault(deployment, SLOW)
    for method, path in (("DELETE", ""), ("POST", "/pause")):
        job = certify(deployment, MODELS[:4], REGIONS[:2])
        status, answer = deployment.request(method, f"{QUEUE}/jobs/{job}{path}")
        assert status == 200, answer
    running = certify(deployment, MODELS[6:12], REGIONS[:3])
    return ended, running


def set_fault(deployment: Deployment, rule: Mapping[str, object]) -> None:
    """Replaces the simulator's fault rules by `rule`."""
    simulator = http.client.HTTPConnection("127.0.0.1", deployment.simulator_port, timeout=5)
    simulator.request("PUT", "/_simulator/faults", json.dumps([rule]))
    assert simulator.getresponse().status == 200
    simulator.close()


def run_weeks_ago(deployment: Deployment, weeks: int, job: str) -> None:
    deployment.wait_for(job, 400)
    deployment.run_python(_MAKE_OLDER.format(weeks=weeks, job=job))


def certify(deployment: Deployment, models: Iterable[str], regions: Iterable[str]) -> str:
    opened = deployment.open("certify-multiple", modelIds=[*models], regions=[*regions])
    return str(opened["jobId"])


def addresses(samples: Mapping[str, str], running: str) -> dict[str, str]:
    """Returns name -> address: every screen, and some screens with filters or opened rows."""
    found = {name: screens.address(name, samples) for name in _names(samples)}
    job, model = samples["job_id"], samples["model_id"]
    chosen = f"models={model}&regions=us-east-1&regions=sa-east-1"
    return found | {
        "jobs-opened": f"{found['jobs']}?open={job}",
        "job-running": found["job"].replace(job, running),
        "job_cancel": found["job_cancel"].replace(job, running),
        "job-failed": f"{found['job']}?result=FAILED",
        "certify-chosen": f"{found['certify']}?scope=some&{chosen}",
        "matrix-chosen": f"{found['matrix']}?{'&'.join(f'regions={one}' for one in REGIONS)}",
        "matrix-failed": f"{found['matrix']}?status=FAILED",
    }


def _names(samples: Mapping[str, str]) -> Iterator[str]:
    for name in screens.NAMES:
        table, _, page = name.rpartition("_")
        if table not in screens.TABLES or page == "changelist" or table in samples:
            yield name


def draw(page: Page, name: str, address: str, folder: Path) -> None:
    """Takes a page's screenshots; does nothing if the address does not return an HTML page."""
    answer = page.request.get(address, max_redirects=0)
    if not answer.ok or "<html" not in answer.text():
        return
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.goto(address)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def save_for_readme(page: Page, found: Mapping[str, str]) -> None:
    """Takes the README's pictures: one screenful each, with 128 colours to keep the files small."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, width, scheme in README_PICTURES:
        page.set_viewport_size({"width": width, "height": WIDTHS.get(width, 900)})
        page.emulate_media(color_scheme=scheme)
        page.goto(found[name])
        path = PICTURES / f"{name}-{width}.png"
        page.screenshot(path=path)
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
        assert path.stat().st_size < MAX_BYTES, path


def take(deployment: Deployment, binary: str, folder: Path, *, for_readme: bool) -> None:
    ended, running = fill(deployment)
    found = addresses(of_job(deployment, ended, MODELS[1]), running)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{deployment.port}",
            locale="pt-BR",
            timezone_id="America/Sao_Paulo",
            reduced_motion="reduce",
        )
        page = context.new_page()
        draw(page, "login", found.pop("login"), folder)
        page.goto("/admin/login/")
        page.locator("input[name=username]").fill(ANA)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[type=submit]").click()
        page.wait_for_url("**/admin/")
        for name, address in found.items():
            draw(page, name, address, folder)
        if for_readme:
            save_for_readme(page, found)
        browser.close()


def main(arguments: list[str]) -> int:
    try:
        binary = chromium.binary()
    except chromium.Missing as missing:
        print(missing, file=sys.stderr)
        return 2
    data = Path(os.environ.get("HOMOLOGA_DATA_DIR") or ROOT / "var").absolute()
    folder = data / "screenshots"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print("Filling a deployment and going through it: some minutes …", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="homologa-") as own,
        running_deployment(Path(own), QUICK) as deployment,
    ):
        take(deployment, binary, folder, for_readme="--docs" in arguments)
    print(f"{len(list(folder.iterdir()))} pictures in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
