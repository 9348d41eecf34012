"""Pictures of every screen, wide and narrow, light and dark, in Portuguese: `make screenshots`.

    screenshots.py [--docs]

A deployment of its own is filled by real runs against the simulator, and deleted afterwards. The
pictures go to screenshots/ in the data folder; with --docs the few that the README shows go to
docs/pictures/, too. Exits 2 where there is no browser.
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
from tests.acceptance.deployment import PASSWORD, QUEUE, Deployment, deployed  # noqa: E402
from tests.browser.samples import of_job  # noqa: E402

Scheme: TypeAlias = Literal["light", "dark"]

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
MOST_BYTES = 150_000
QUICK = {
    "CERTIFICATION_MAX_RETRIES": "1",
    "CERTIFICATION_REGION_CONCURRENCY": "64",
    "API_REQUESTS_PER_MINUTE": "1000000",
}
WIDTHS = {1280: 900, 390: 844}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# What the README shows: screen, width, scheme.
BEST: tuple[tuple[str, int, Scheme], ...] = (
    ("index", 1280, "light"),
    ("matrix-chosen", 860, "light"),
    ("jobs-opened", 1280, "light"),
    ("certification", 1280, "dark"),
    ("index", 390, "light"),
)
ANA = "ana.souza@example.com"
_MOVE_IN = f"""
from django.contrib.auth.models import User
from certification.accounts.roles import Role, give_role
from certification.models import Schedule
ana = User.objects.create_user({ANA!r}, {ANA!r}, {PASSWORD!r}, is_staff=True)
give_role(ana, Role.ADMINISTRATOR)
Schedule.objects.create(
    name="Anthropic, a cada mês", vendors=["Anthropic"], from_hour=22, to_hour=6, is_active=False
)
"""
# As if the job had been run some weeks ago.
_AGE = """
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
WORSE = {"match": {"model": "*nova-lite*", "region": "eu-west-3"}, "fault": "garbage"}
SLOW = {"fault": "slow", "latency_ms": 20_000}


def fill(home: Deployment) -> tuple[str, str]:
    """Weeks of jobs, then one cancelled, one paused, one running; gives the ids of the last one
    that ended by itself, and of the running one."""
    home.run_python(_MOVE_IN)
    status, answer = home.request("POST", "/api/auth/login", {"email": ANA, "password": PASSWORD})
    assert status == 200, answer
    home.token = answer["data"]["token"]
    home.start_worker()
    for weeks, regions in ((6, REGIONS[:2]), (4, REGIONS[:4]), (3, REGIONS)):
        run_weeks_ago(home, weeks, certify(home, MODELS, regions))
    run_weeks_ago(home, 1, str(home.open("certify-all", regions=[*REGIONS])["jobId"]))
    steer(home, WORSE)
    ended = certify(home, MODELS, REGIONS)
    home.wait_for(ended, 180)
    steer(home, SLOW)
    for method, path in (("DELETE", ""), ("POST", "/pause")):
        job = certify(home, MODELS[:4], REGIONS[:2])
        status, answer = home.request(method, f"{QUEUE}/jobs/{job}{path}")
        assert status == 200, answer
    running = certify(home, MODELS[6:12], REGIONS[:3])
    return ended, running


def steer(home: Deployment, rule: Mapping[str, object]) -> None:
    """From now on the simulator meets requests with this."""
    simulator = http.client.HTTPConnection("127.0.0.1", home.simulator_port, timeout=5)
    simulator.request("PUT", "/_simulator/faults", json.dumps([rule]))
    assert simulator.getresponse().status == 200
    simulator.close()


def run_weeks_ago(home: Deployment, weeks: int, job: str) -> None:
    home.wait_for(job, 400)
    home.run_python(_AGE.format(weeks=weeks, job=job))


def certify(home: Deployment, models: Iterable[str], regions: Iterable[str]) -> str:
    opened = home.open("certify-multiple", modelIds=[*models], regions=[*regions])
    return str(opened["jobId"])


def addresses(samples: Mapping[str, str], running: str) -> dict[str, str]:
    """By the pictures' names: every screen, and some in a state that its plain address lacks."""
    found = {name: screens.address(name, samples) for name in _drawn(samples)}
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


def _drawn(samples: Mapping[str, str]) -> Iterator[str]:
    for name in screens.NAMES:
        table, _, page = name.rpartition("_")
        if table not in screens.TABLES or page == "changelist" or table in samples:
            yield name


def draw(page: Page, name: str, address: str, folder: Path) -> None:
    """Every look of one page; nothing where the address is no whole page."""
    answer = page.request.get(address, max_redirects=0)
    if not answer.ok or "<html" not in answer.text():
        return
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.goto(address)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def keep_best(page: Page, found: Mapping[str, str]) -> None:
    """One screenful each, in few colours, so that a README loads quickly."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, width, scheme in BEST:
        page.set_viewport_size({"width": width, "height": WIDTHS.get(width, 900)})
        page.emulate_media(color_scheme=scheme)
        page.goto(found[name])
        path = PICTURES / f"{name}-{width}.png"
        page.screenshot(path=path)
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
        assert path.stat().st_size < MOST_BYTES, path


def take(home: Deployment, binary: str, folder: Path, *, best: bool) -> None:
    ended, running = fill(home)
    found = addresses(of_job(home, ended, MODELS[1]), running)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{home.port}",
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
        if best:
            keep_best(page, found)
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
    with tempfile.TemporaryDirectory(prefix="homologa-") as own, deployed(Path(own), QUICK) as home:
        take(home, binary, folder, best="--docs" in arguments)
    print(f"{len(list(folder.iterdir()))} pictures in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
