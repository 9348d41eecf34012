"""Without JavaScript, lists, details, filters and forms still work."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from certification.accounts.roles import Role

from .conftest import MODELS, REGIONS, Visiting


@pytest.fixture
def plain(visit: Visiting) -> Page:
    return visit(Role.OPERATOR, java_script_enabled=False).page


def test_the_history_leads_to_a_job_and_on_to_a_record(plain: Page, ended_job: str) -> None:
    plain.goto("/admin/jobs/")
    plain.locator(f"tr[data-job='{ended_job}'] .job-opener").click()
    expect(plain.locator("table.pairs tbody tr")).to_have_count(len(MODELS) * len(REGIONS))

    plain.get_by_label("Result").select_option("FAILED")
    plain.get_by_role("button", name="Filter").click()
    expect(plain.locator("table.pairs td .status-FAILED").first).to_be_visible()
    expect(plain.locator("table.pairs td .status-PASSED")).to_have_count(0)

    plain.locator("table.pairs tbody a").first.click()
    expect(plain.get_by_role("heading", name="Checks")).to_be_visible()


def test_the_history_is_filtered(plain: Page, ended_job: str) -> None:
    plain.goto("/admin/jobs/")
    plain.get_by_label("Status").select_option("CANCELLED")
    plain.get_by_role("button", name="Filter").click()

    expect(plain.locator(f"tr[data-job='{ended_job}']")).to_have_count(0)
    assert "status=CANCELLED" in plain.url


def test_a_job_is_started_from_the_form(plain: Page) -> None:
    plain.goto("/admin/certify/")
    plain.get_by_label("Chosen models").check()
    plain.get_by_text("Nova Lite").first.click()
    plain.get_by_text(REGIONS[0], exact=True).click()
    plain.get_by_role("button", name="Show what will happen").click()
    expect(plain.locator("dl.forecast dd").first).to_have_text("1")
    plain.get_by_role("button", name="Start").click()

    expect(plain.locator(".messagelist")).to_contain_text("Started: 1 pair")


def test_whole_rows_of_the_matrix_are_certified(plain: Page) -> None:
    plain.goto("/admin/matrix/?search=nova-lite&regions=us-east-1&regions=us-west-2")
    plain.locator("table.matrix tbody input[name=models]").first.check()
    plain.get_by_role("button", name="Certify…").click()

    expect(plain.locator("dl.forecast dd").first).to_have_text("2")
