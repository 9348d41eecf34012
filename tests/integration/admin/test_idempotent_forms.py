"""A form is sent twice, or its address is opened by a GET."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from certification.models import CertificationJob, DeadLetter, JobCertification
from tests import screens
from tests.factories.certification import offered
from tests.integration.admin.forms import as_it_stands
from tests.integration.admin.test_every_screen import job, samples

__all__ = ["job", "samples"]
pytestmark = pytest.mark.django_db


def sent_twice(client: Client, page: str, action: str, **changed: Any) -> tuple[str, str]:
    """Where the two answers lead to. Of several forms on a page, only what this one has counts."""
    fields = as_it_stands(client.get(page).content)
    posted = {
        name: fields[name][0] for name in ("idempotency_key", *changed) if name in fields
    } | changed
    return client.post(action, posted)["Location"], client.post(action, posted)["Location"]


def test_a_double_click_on_start_leads_twice_to_the_one_job(operator: Client) -> None:
    models, regions = offered(1, 1)
    page = f"/admin/certify/?scope=some&models={models[0]}&regions={regions[0]}"

    first, second = sent_twice(
        operator, page, "/admin/certify/start/", scope="some", models=models[0], regions=regions[0]
    )

    assert first == second == f"/admin/jobs/{CertificationJob.objects.get().pk}/"


def test_a_double_click_on_certify_again_opens_one_job(
    operator: Client, job: CertificationJob
) -> None:
    record = f"/admin/certifications/{job.certifications.get().pk}/"

    first, second = sent_twice(operator, record, f"{record}again/")

    assert first == second == f"/admin/jobs/{CertificationJob.objects.exclude(pk=job.pk).get().pk}/"


def test_a_double_click_on_retry_opens_one_job(operator: Client, job: CertificationJob) -> None:
    page = f"/admin/jobs/{job.pk}/"

    first, second = sent_twice(operator, page, f"{page}retry/")

    assert first == second == f"/admin/jobs/{CertificationJob.objects.get(retry_of=job).pk}/"


def test_a_double_click_on_requeue_leads_twice_to_the_one_job(
    operator: Client, job: CertificationJob
) -> None:
    dead_letter = str(DeadLetter.objects.get().pk)

    first, second = sent_twice(
        operator, "/admin/dead-letters/", "/admin/dead-letters/requeue/", dead_letter=dead_letter
    )

    assert first == second == f"/admin/jobs/{CertificationJob.objects.exclude(pk=job.pk).get().pk}/"


def test_two_buttons_of_one_page_open_a_job_each(operator: Client, job: CertificationJob) -> None:
    key = as_it_stands(operator.get(f"/admin/jobs/{job.pk}/").content)["idempotency_key"][0]
    pair = JobCertification.objects.get(job=job)

    for chosen in ({}, {"certification": str(pair.pk)}):
        operator.post(f"/admin/jobs/{job.pk}/retry/", {"idempotency_key": key, **chosen})

    assert CertificationJob.objects.filter(retry_of=job).count() == 2


def test_a_page_that_is_shown_anew_may_open_the_same_again(
    operator: Client, job: CertificationJob
) -> None:
    record = f"/admin/certifications/{job.certifications.get().pk}/"

    for _ in range(2):
        key = as_it_stands(operator.get(record).content)["idempotency_key"][0]
        operator.post(f"{record}again/", {"idempotency_key": key})

    assert CertificationJob.objects.exclude(pk=job.pk).count() == 2


def test_no_address_of_a_button_is_a_dead_end(
    administrator: Client, samples: dict[str, str]
) -> None:
    answers = {
        name: administrator.get(screens.address(name, samples)).status_code
        for name in screens.BY_NAME
    }

    assert [name for name, status in answers.items() if status not in (200, 302)] == []


def test_whoever_signs_in_on_the_way_to_a_button_stands_before_it(
    operator: Client, job: CertificationJob
) -> None:
    answer = operator.get(f"/admin/jobs/{job.pk}/pause/", follow=True)

    assert answer.redirect_chain == [(f"/admin/jobs/{job.pk}/", 302)]
    assert "Nothing was done yet" in answer.content.decode()
    assert not CertificationJob.objects.filter(status="PAUSED").exists()


def test_the_language_is_switched_on_the_answer_to_a_form(viewer: Client) -> None:
    page = viewer.post("/admin/account/tokens/", {"hours": "1"}).content

    leads_to = as_it_stands(page)["next"][0]

    assert leads_to == reverse("admin:account")
    assert viewer.get(leads_to).status_code == 200
