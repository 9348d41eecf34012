"""One deployment for all browser tests. A test also fails if its pages log an error, violate the
content security policy, or send a request that fails or goes to another host."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from certification.accounts.roles import Role
from scripts import chromium
from tests.acceptance.deployment import PASSWORD, Deployment, running_deployment, wait_until
from tests.browser.initial_data import ADDRESSES, HOSTILE_MODEL, create_initial_data
from tests.browser.page_monitor import PageMonitor
from tests.browser.samples import of_job

SETTINGS = {
    "CERTIFICATION_CONCURRENCY": "8",
    "CERTIFICATION_MAX_RETRIES": "1",
    "WORKER_BEAT_SECONDS": "1",
    "WORKER_LOST_AFTER_SECONDS": "20",
    "API_REQUESTS_PER_MINUTE": "1000000",
    "API_LOGINS_PER_MINUTE": "1000000",
}
# Models that pass, one below the threshold, and some that fail for different reasons.
MODELS = (
    HOSTILE_MODEL,
    "amazon.nova-lite-v1:0",
    "writer.palmyra-vision-7b",
    "anthropic.claude-opus-4-1-20250805-v1:0",
    "meta.llama3-8b-instruct-v1:0",
    "meta.llama4-scout-17b-instruct-v1:0",
)
REGIONS = ("us-east-1", "us-west-2")
# The simulator always lets this pair fail.
BROKEN_MODEL, BROKEN_REGION = "google.gemma-3-12b-it", "ap-south-1"
SECONDS = 15


@dataclass(frozen=True)
class Visit:
    """One user's browser page, and the monitor of its problems."""

    page: Page
    monitor: PageMonitor


Visiting = Callable[..., Visit]
Samples = Mapping[str, str]


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with running_deployment(Path(tmp_path_factory.mktemp("deployment")), SETTINGS) as here:
        create_initial_data(here)
        here.start_worker()
        here.open("certify-model", modelId=BROKEN_MODEL, region=BROKEN_REGION)
        yield here


@pytest.fixture(scope="session")
def endpoint(deployment: Deployment) -> str:
    """Returns the deployment's simulator, for the fixture simulator_api."""
    return f"http://127.0.0.1:{deployment.simulator_port}"


@pytest.fixture(scope="session")
def address(deployment: Deployment) -> str:
    return f"http://127.0.0.1:{deployment.port}"


@pytest.fixture(scope="session")
def ended_job(deployment: Deployment) -> str:
    """Returns the id of a completed job with passes and failures."""
    opened = deployment.open("certify-multiple", modelIds=[*MODELS], regions=[*REGIONS])
    job = deployment.wait_for(opened["jobId"])
    assert job["successCount"] > 0
    assert job["failureCount"] > 0
    return str(job["id"])


@pytest.fixture(scope="session")
def samples(deployment: Deployment, ended_job: str) -> Samples:
    """Returns values for the parameters of addresses, once there is a dead letter."""
    dead_letters = "SELECT count(*) FROM certification_dead_letters"
    wait_until("a dead letter", lambda: deployment.rows(dead_letters)[0][0] > 0)
    return of_job(deployment, ended_job, HOSTILE_MODEL)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        path = chromium.binary()
    except chromium.Missing as missing:
        pytest.skip(str(missing))
    with sync_playwright() as playwright:
        # Chromium's sandbox does not work in containers and for root.
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, address: str) -> Callable[[Role], StorageState]:
    """Returns the cookies of a user with a role, signed in once for all tests."""
    states: dict[Role, StorageState] = {}

    def state(role: Role) -> StorageState:
        if role not in states:
            with contextlib.closing(browser.new_context(base_url=address)) as context:
                page = context.new_page()
                sign_in(page, role)
                states[role] = context.storage_state()
        return states[role]

    return state


@pytest.fixture
def visit(
    browser: Browser, address: str, signed_in: Callable[[Role], StorageState]
) -> Iterator[Visiting]:
    """Opens a browser, signed in with a role or (None) signed out; takes Playwright's options."""
    contexts: list[tuple[BrowserContext, PageMonitor]] = []

    def opened(role: Role | None, **options: Any) -> Visit:
        context = browser.new_context(
            base_url=address,
            storage_state=signed_in(role) if role else None,
            **{"locale": "en-US", "viewport": {"width": 1280, "height": 900}, **options},
        )
        context.set_default_timeout(1000 * SECONDS)
        monitor = PageMonitor(address.removeprefix("http://"))
        monitor.over(context)
        contexts.append((context, monitor))
        return Visit(context.new_page(), monitor)

    yield opened
    for context, _watch in contexts:
        context.close()
    problems = [problem for _context, monitor in contexts for problem in monitor.problems]
    assert not problems, "\n".join(problems)


@pytest.fixture
def operator(visit: Visiting) -> Page:
    return visit(Role.OPERATOR).page


def sign_in(page: Page, role: Role) -> None:
    """Signs in by the form."""
    page.goto("/admin/login/")
    page.locator("input[name=username]").fill(ADDRESSES[role])
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[type=submit], button[type=submit]").last.click()
    page.wait_for_url("**/admin/")
