"""An operator's daily tasks in a real browser, against a deployment with real workers."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from certification.accounts.roles import Role
from tests.acceptance.deployment import Deployment
from tests.browser.initial_data import HOSTILE
from tests.conftest import SimulatorApi

from .conftest import MODELS, REGIONS, SECONDS, Visiting, sign_in

expect.set_options(timeout=1000 * SECONDS)
SLOW = {"fault": "slow", "latency_ms": 150}
COMPLETED = re.compile("completed", re.IGNORECASE)


def row_of(page: Page, job_id: str) -> Locator:
    return page.locator(f"tr[data-job='{job_id}']")


def opened(page: Page) -> Locator:
    return page.locator("section.job-opened")


def mark(page: Page) -> None:
    """Marks the page; a reload removes the mark."""
    page.evaluate("window.isTheSamePage = true")


def is_the_same_page(page: Page) -> bool:
    return bool(page.evaluate("window.isTheSamePage === true"))


def open_slowly(deployment: Deployment, simulator_api: SimulatorApi, pairs: int = 4) -> str:
    """Opens a slow job and returns its id."""
    simulator_api("PUT", "faults", [{**SLOW, "latency_ms": 1500}])
    chosen = [model for model in MODELS if "nova" in model or "llama" in model][: pairs // 2]
    return str(deployment.open("certify-multiple", modelIds=chosen, regions=[*REGIONS])["jobId"])


def test_three_models_in_two_regions_are_certified_from_the_form_and_watched_to_the_end(
    visit: Visiting, simulator_api: SimulatorApi
) -> None:
    simulator_api("PUT", "faults", [SLOW])
    page = visit(None).page
    sign_in(page, Role.OPERATOR)

    page.get_by_role("link", name="Certify", exact=True).first.click()
    page.get_by_label("Chosen models").check()
    for name in ("Nova Lite", "Nova Pro", "Llama 3 8B"):
        page.locator("[data-chooser]").get_by_text(name).first.click()
    for region in REGIONS:
        page.locator("[data-regions]").get_by_text(region, exact=True).click()
    preview = page.locator("[data-preview]")
    expect(preview.locator("dd").first).to_have_text("6")
    preview.get_by_role("button", name="Start").click()
    job_id = page.url.rstrip("/").rsplit("/", 1)[1]
    page.get_by_role("link", name="Jobs", exact=True).first.click()
    mark(page)
    row = row_of(page, job_id)
    expect(row.locator(".job-count")).to_have_text(re.compile(r"^[0-5]/6$"))

    expect(row.locator(".job-count")).to_have_text("6/6", timeout=40_000)
    expect(row.locator(".status")).to_have_text(COMPLETED)
    assert is_the_same_page(page)


def test_an_opened_row_moves_by_itself_until_its_job_ends(
    operator: Page, deployment: Deployment, simulator_api: SimulatorApi
) -> None:
    simulator_api("PUT", "faults", [SLOW])
    job_id = str(
        deployment.open("certify-multiple", modelIds=MODELS[:2], regions=[*REGIONS])["jobId"]
    )
    operator.goto("/admin/jobs/")
    row_of(operator, job_id).locator(".job-opener").click()
    mark(operator)

    expect(opened(operator).locator("td .status-PASSED")).to_have_count(4, timeout=40_000)
    expect(opened(operator).locator(".job-head .status")).to_have_text(COMPLETED)
    assert is_the_same_page(operator)


def test_a_row_opens_in_place_is_narrowed_and_leads_to_a_record(
    operator: Page, ended_job: str
) -> None:
    operator.goto("/admin/jobs/")
    row_of(operator, ended_job).locator(".job-opener").click()
    section = opened(operator)
    expect(section.locator("table.pairs tbody tr")).to_have_count(len(MODELS) * len(REGIONS))

    section.get_by_label("Result").select_option("FAILED")
    section.get_by_role("button", name="Filter").click()
    expect(section.locator("table.pairs td .status-PASSED")).to_have_count(0)
    assert f"open={ended_job}" in operator.url
    assert "result=FAILED" in operator.url
    operator.reload()
    expect(section.locator("table.pairs td .status-FAILED").first).to_be_visible()
    expect(section.locator("table.pairs td .status-PASSED")).to_have_count(0)

    section.locator("table.pairs tbody a").first.click()
    expect(operator.get_by_role("heading", name="Checks")).to_be_visible()


def test_requests_and_responses_are_on_the_record(operator: Page, ended_job: str) -> None:
    operator.goto(f"/admin/jobs/{ended_job}/?result=PASSED&pair_search=nova-lite")
    operator.locator("table.pairs tbody a").first.click()
    operator.locator("details.call summary").first.click()

    exchange = operator.locator("details.call[open] .exchange pre")
    expect(exchange).to_have_count(2)
    expect(exchange.first).to_contain_text("messages")


def test_a_failed_one_is_retried_in_a_job_of_its_own(operator: Page, ended_job: str) -> None:
    operator.goto(f"/admin/jobs/{ended_job}/?result=FAILED")
    operator.locator("table.pairs").get_by_role("button", name="Retry").first.click()

    operator.wait_for_url(re.compile(rf"/admin/jobs/(?!{ended_job})"))
    expect(operator.locator(".messagelist")).to_contain_text("certifies 1 pair again")
    expect(operator.get_by_role("link", name="retry of an earlier job")).to_be_visible()
    expect(operator.locator(".job-head .status")).to_have_text(COMPLETED, timeout=40_000)


def test_an_export_holds_what_the_screen_shows(
    operator: Page, ended_job: str, tmp_path: Path
) -> None:
    operator.goto(f"/admin/jobs/{ended_job}/")
    with operator.expect_download() as loading:
        operator.get_by_role("link", name="CSV").click()
    file = tmp_path / "job.csv"
    loading.value.save_as(file)

    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    cells = {cell for row in rows for cell in row}
    assert len(rows) > len(MODELS) * len(REGIONS)
    assert cells >= {*MODELS, *REGIONS}


def test_a_running_job_is_cancelled_after_one_question(
    operator: Page, deployment: Deployment, simulator_api: SimulatorApi
) -> None:
    job_id = open_slowly(deployment, simulator_api)
    operator.goto(f"/admin/jobs/{job_id}/")
    operator.get_by_role("link", name="Cancel…").click()
    expect(operator.locator("#content")).to_contain_text("A cancelled job cannot be resumed.")
    operator.get_by_role("button", name="Cancel the job").click()

    expect(operator.locator(".messagelist")).to_contain_text("The job is cancelled")
    expect(operator.locator(".job-head .status-CANCELLED")).to_be_visible()
    assert deployment.job(job_id)["status"] == "CANCELLED"


def test_a_job_is_paused_and_goes_on_when_it_is_resumed(
    operator: Page, deployment: Deployment, simulator_api: SimulatorApi
) -> None:
    job_id = open_slowly(deployment, simulator_api)
    operator.goto(f"/admin/jobs/{job_id}/")
    operator.get_by_role("button", name="Pause").click()
    expect(operator.locator(".job-head .status-PAUSED")).to_be_visible()
    simulator_api("DELETE", "faults")
    operator.get_by_role("button", name="Resume").click()

    expect(operator.locator(".job-head .status")).to_have_text(COMPLETED, timeout=60_000)


def test_cells_that_are_ticked_in_the_matrix_are_certified(operator: Page) -> None:
    operator.goto("/admin/matrix/?search=nova-lite")
    operator.get_by_role("button", name="Choose single cells").click()
    operator.locator("table.matrix input.cell-tick").nth(0).check()
    operator.locator("table.matrix input.cell-tick").nth(1).check()
    expect(operator.locator("[data-count]")).to_have_text("2 pairs chosen")
    operator.get_by_role("button", name="Certify…").click()
    expect(operator.locator("dl.forecast dd").first).to_have_text("2")
    operator.get_by_role("button", name="Start").click()

    expect(operator.locator(".messagelist")).to_contain_text("Started: 2 pairs")


def test_the_language_is_switched_and_kept(operator: Page) -> None:
    operator.goto("/admin/jobs/")
    operator.locator(".languages button[lang=pt-br]").click()

    expect(operator.locator("html")).to_have_attribute("lang", "pt-br")
    assert operator.url.endswith("/admin/jobs/")
    operator.goto("/admin/matrix/")
    expect(operator.get_by_role("heading", level=1)).to_have_text("Matriz")


def test_the_theme_is_switched_and_kept(operator: Page) -> None:
    operator.goto("/admin/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = operator.evaluate(ground)
    while operator.locator("html").get_attribute("data-theme") != "dark":
        operator.locator("#user-tools .theme-toggle, #header .theme-toggle").first.click()

    dark = operator.evaluate(ground)
    assert dark != light
    operator.goto("/admin/jobs/")
    assert operator.evaluate(ground) == dark


def test_the_keyboard_alone_opens_and_closes_a_row(operator: Page, ended_job: str) -> None:
    operator.goto("/admin/jobs/")
    opener = row_of(operator, ended_job).locator(".job-opener")
    for _ in range(200):
        operator.keyboard.press("Tab")
        if opener.evaluate("one => one === document.activeElement"):
            break
    operator.keyboard.press("Enter")
    expect(opened(operator).locator("table.pairs")).to_be_visible()

    operator.keyboard.press("Enter")
    expect(opened(operator)).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_viewer_sees_no_action(visit: Visiting, ended_job: str) -> None:
    page = visit(Role.VIEWER).page
    for path in ("/admin/", f"/admin/jobs/{ended_job}/", "/admin/matrix/", "/admin/jobs/"):
        page.goto(path)
        content = page.locator("#content")
        expect(content.locator("form[method=post]")).to_have_count(0)
        expect(content.get_by_role("link", name="Certify")).to_have_count(0)
    page.goto(f"/admin/jobs/{ended_job}/")
    page.locator("table.pairs tbody a").first.click()
    expect(page.get_by_role("heading", name="Checks")).to_be_visible()
    expect(page.locator("#content form[method=post]")).to_have_count(0)
    expect(page.locator(".navigation").get_by_role("link", name="Certify")).to_have_count(0)


def test_a_hostile_name_is_text(operator: Page, ended_job: str) -> None:
    """If the script ran, the page monitor would record its dialog."""
    operator.goto(f"/admin/jobs/?open={ended_job}")

    expect(opened(operator).get_by_text(HOSTILE).first).to_be_visible()


def test_a_script_in_the_page_is_refused_and_noted(visit: Visiting) -> None:
    """Shows that the page monitor of these tests would detect it."""
    someone = visit(Role.VIEWER)
    someone.page.goto("/admin/")
    someone.page.evaluate(
        "const one = document.createElement('script'); one.textContent = 'alert(1)';"
        "document.body.append(one)"
    )
    someone.page.evaluate("fetch('/admin/nowhere/')")

    noted = " ".join(someone.monitor.problems)
    someone.monitor.problems.clear()
    assert "Content Security Policy" in noted
    assert "404: " in noted
    assert "a dialog opened" not in noted


def test_a_job_opened_elsewhere_appears_on_an_open_page(
    operator: Page, deployment: Deployment
) -> None:
    operator.goto("/admin/jobs/")
    mark(operator)

    chosen = {"modelId": next(iter(MODELS)), "region": next(iter(REGIONS))}
    job = str(deployment.open("certify-model", **chosen)["jobId"])

    expect(row_of(operator, job)).to_be_visible()
    assert row_of(operator, job).locator(".job-opener").get_attribute("role") == "button"
    assert is_the_same_page(operator)
