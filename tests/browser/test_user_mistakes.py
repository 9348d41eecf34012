"""Unintended actions: double clicks, going back, expired sessions, narrow windows."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from certification.accounts.roles import Role
from tests.acceptance.deployment import Deployment

from .conftest import REGIONS, SECONDS, Visiting, sign_in

expect.set_options(timeout=1000 * SECONDS)
NARROW = {"width": 390, "height": 844}


def jobs_of(deployment: Deployment) -> int:
    return int(deployment.rows("SELECT count(*) FROM certification_jobs")[0][0])


def test_a_double_click_on_start_sends_one_form_and_opens_one_job(
    operator: Page, deployment: Deployment
) -> None:
    sent: list[str] = []
    operator.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    operator.goto("/admin/matrix/?search=nova-lite")
    operator.get_by_role("button", name="Choose single cells").click()
    operator.locator("table.matrix input.cell-tick").first.check()
    operator.get_by_role("button", name="Certify…").click()
    before = jobs_of(deployment)
    sent.clear()

    operator.get_by_role("button", name="Start").dblclick()
    operator.wait_for_url("**/admin/jobs/*/")

    assert len(sent) == 1
    assert jobs_of(deployment) == before + 1


def test_a_double_click_without_javascript_opens_one_job(
    visit: Visiting, deployment: Deployment, ended_job: str
) -> None:
    page = visit(Role.OPERATOR, java_script_enabled=False).page
    page.goto(f"/admin/jobs/{ended_job}/?result=PASSED&pair_search=nova-lite")
    page.locator("table.pairs tbody a").first.click()
    before = jobs_of(deployment)

    page.get_by_role("button", name="Certify again").dblclick()
    page.wait_for_url("**/admin/jobs/*/")

    assert jobs_of(deployment) == before + 1


def test_a_form_can_be_sent_again_after_going_back_to_it(operator: Page) -> None:
    operator.goto("/admin/account/")
    for _ in range(2):
        operator.get_by_role("button", name="Make a token").click()
        expect(operator.locator(".new-token code").first).to_be_visible()
        operator.go_back()
        expect(operator.locator(".new-token")).to_have_count(0)


def test_an_expired_session_is_reported_on_the_certify_form(visit: Visiting) -> None:
    page = visit(None).page
    sign_in(page, Role.OPERATOR)
    page.goto("/admin/certify/?scope=all")
    page.context.clear_cookies()
    page.locator("[data-regions]").get_by_text(REGIONS[0], exact=True).click()

    page.wait_for_url(re.compile(r"/admin/login/\?next=.*regions%3D"))


def test_a_preview_that_breaks_off_says_so_and_comes_with_the_next_question(
    operator: Page,
) -> None:
    operator.goto(f"/admin/certify/?scope=all&regions={REGIONS[0]}")
    preview = operator.locator("[data-preview]")
    operator.route(re.compile("preview=1"), lambda route: route.abort("aborted"))
    operator.locator("[data-regions]").get_by_text(REGIONS[1], exact=True).click()
    expect(preview).to_contain_text("The server did not answer.")
    expect(preview).not_to_have_attribute("aria-busy", "true")

    operator.unroute_all()
    operator.locator("[data-regions]").get_by_text(REGIONS[1], exact=True).click()
    expect(preview.get_by_role("button", name="Start")).to_be_enabled()


def test_back_in_the_matrix_ticks_and_their_bar_are_there(operator: Page) -> None:
    operator.goto("/admin/matrix/?search=nova-lite")
    operator.locator("table.matrix tbody th input").first.check()
    bar = operator.locator("[data-bar]")
    expect(bar).to_be_visible()
    operator.get_by_role("button", name="Certify…").click()
    operator.wait_for_url("**/admin/certify/**")
    operator.go_back()

    expect(operator.locator("table.matrix tbody th input").first).to_be_checked()
    expect(bar).to_be_visible()


def test_the_system_menu_closes_on_escape_and_on_a_press_elsewhere(operator: Page) -> None:
    operator.goto("/admin/")
    menu = operator.locator(".navigation-more")
    summary = menu.locator("summary")

    summary.click()
    expect(menu).to_have_attribute("open", "")
    operator.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    summary.click()
    operator.mouse.click(10, 700)
    expect(menu).not_to_have_attribute("open", "")


def test_the_current_entry_is_visible_in_a_narrow_window(visit: Visiting) -> None:
    page = visit(Role.OPERATOR, viewport=NARROW).page
    page.goto("/admin/schedules/")

    entry = page.locator(".navigation > ul a[aria-current]")
    expect(entry).to_be_in_viewport(ratio=0.95)


def test_a_name_as_long_as_it_may_be_does_not_widen_the_page(visit: Visiting) -> None:
    page = visit(Role.OPERATOR, viewport=NARROW).page
    page.goto("/admin/account/")
    for place in ("h1", ".breadcrumbs"):
        page.locator(place).first.evaluate("one => { one.textContent = 'a'.repeat(150); }")

    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
