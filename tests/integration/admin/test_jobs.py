from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from certification.accounts.roles import Role
from certification.jobs import lifecycle, opening
from certification.models import CertificationJob, JobCertification
from certification.states import JobStatus, PairStatus
from tests.factories.certification import JobFactory, PairFactory, WorkerFactory, offered, someone
from tests.factories.registry import AIModelFactory, RegionFactory

pytestmark = pytest.mark.django_db


def ended(status: str = PairStatus.PASSED, days_ago: float = 0, **more: Any) -> JobCertification:
    pair: JobCertification = PairFactory.create(
        status=status, completed_at=timezone.now() - timedelta(days=days_ago), **more
    )
    return pair


def opened_job(models: int = 2) -> CertificationJob:
    return opening.open_for_models(*offered(models)).job


def text(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_history_shows_each_job_with_its_counts(viewer: Client) -> None:
    job = JobFactory.create(total_models=3)
    for status in (PairStatus.PASSED, PairStatus.FAILED):
        ended(status, job=job)

    page = text(viewer, "/admin/jobs/")

    assert f'data-job="{job.pk}"' in page
    assert 'max="3" value="2"' in page


@pytest.mark.parametrize(
    ("query", "jobs", "is_marked"),
    [({}, 0, True), ({}, 3, True), ({"status": "FAILED"}, 3, True), ({"page": "2"}, 21, False)],
    ids=["empty", "first page", "nothing found", "second page"],
)
def test_a_page_that_new_jobs_belong_to_is_marked_so_that_it_asks_for_them(
    query: dict[str, str], jobs: int, is_marked: bool, viewer: Client
) -> None:
    for _ in range(jobs):
        JobFactory.create()

    page = viewer.get("/admin/jobs/", query).content.decode()

    assert ("data-newest" in page) is is_marked


def test_who_may_certify_gets_from_the_jobs_to_certifying_all_models(
    viewer: Client, operator: Client
) -> None:
    link = 'href="/admin/certify/">Certify all models</a>'

    assert link in operator.get("/admin/jobs/").content.decode()
    assert link not in viewer.get("/admin/jobs/").content.decode()
    offered()
    assert 'name="scope" value="all" checked' in operator.get("/admin/certify/").content.decode()


def test_without_a_job_the_history_says_what_to_do(viewer: Client) -> None:
    assert "No job yet" in text(viewer, "/admin/jobs/")


def test_whoever_has_no_role_sees_no_job(without_a_role: Client) -> None:
    job = JobFactory.create()

    paths = ["jobs/", f"jobs/{job.pk}/", f"jobs/{job.pk}/rows/", f"jobs/{job.pk}/export/csv/"]

    assert {without_a_role.get(f"/admin/{path}").status_code for path in paths} == {403}


@pytest.mark.parametrize(
    "query",
    [
        {"status": "COMPLETED"},
        {"type": "ALL_MODELS"},
        {"region": "us-wanted"},
        {"model": "wanted mod"},
        {"model": "vendor.wanted"},
        {"who": "person-wanted"},
        {"since": "2026-03-02", "until": "2026-03-02"},
    ],
)
def test_the_history_is_filtered(query: dict[str, str], viewer: Client) -> None:
    day = timezone.make_aware(timezone.datetime(2026, 3, 2, 23, 30))
    who = someone(Role.OPERATOR)
    who.username = "person-wanted"
    who.save()
    wanted = JobFactory.create(
        status="COMPLETED",
        type="ALL_MODELS",
        regions=["us-wanted"],
        created_by=who,
        created_at=day,
        completed_at=day,
    )
    model = AIModelFactory.create(name="Wanted model", api_model_id="vendor.wanted-v1")
    PairFactory.create(job=wanted, model=model, region=RegionFactory.create(id="us-wanted"))
    other = PairFactory.create(job__regions=["us-wanted-not"]).job

    page = text(viewer, "/admin/jobs/", **query)

    assert (f'data-job="{wanted.pk}"' in page, f'data-job="{other.pk}"' in page) == (True, False)


@pytest.mark.parametrize("status", JobStatus.values)
def test_every_status_of_a_job_is_offered_and_found(status: str, viewer: Client) -> None:
    ended_at = timezone.now() if status in ("COMPLETED", "FAILED", "CANCELLED") else None
    wanted = JobFactory.create(status=status, completed_at=ended_at)
    JobFactory.create(status="PAUSED" if status == "QUEUED" else "QUEUED")

    page = text(viewer, "/admin/jobs/", status=status)

    assert f'<option value="{status}" selected>' in page
    assert re.findall(r'data-job="([^"]+)"', page) == [str(wanted.pk)]


@pytest.mark.parametrize("status", PairStatus.values)
def test_every_status_of_a_pair_is_offered_and_found(status: str, viewer: Client) -> None:
    job = JobFactory.create(total_models=2)
    started: dict[str, Any] = {"completed_at": timezone.now()}
    if status in ("PENDING", "QUEUED", "PROCESSING"):
        started = {"started_at": timezone.now(), "attempt": 1, "worker": WorkerFactory.create()}
    PairFactory.create(status=status, job=job, model__name="Wanted", **started)
    ended("FAILED" if status == "PASSED" else "PASSED", job=job, model__name="Other")

    page = text(viewer, f"/admin/jobs/{job.pk}/rows/", result=status)

    assert f'<option value="{status}" selected>' in page
    assert [name for name in ("Wanted", "Other") if f">{name}</a>" in page] == ["Wanted"]


def test_an_address_with_nonsense_in_it_shows_the_history(viewer: Client) -> None:
    JobFactory.create()

    page = text(viewer, "/admin/jobs/", page="-3", since="soon", open="that one", result="?")

    assert "data-job=" in page


def test_the_history_goes_on_from_page_to_page(viewer: Client) -> None:
    for _number in range(21):
        JobFactory.create()

    first = text(viewer, "/admin/jobs/", status="QUEUED")
    second = text(viewer, "/admin/jobs/", status="QUEUED", page="2")

    assert "?status=QUEUED&amp;page=2" in first
    assert (first.count("data-job="), second.count("data-job=")) == (20, 1)


@pytest.mark.parametrize("query", [{"page": "9999999"}, {"page": "2"}])
def test_beyond_the_last_page_is_the_last_page(query: dict[str, str], viewer: Client) -> None:
    job = JobFactory.create()

    assert f'data-job="{job.pk}"' in text(viewer, "/admin/jobs/", **query)


def test_beyond_the_last_page_of_an_opened_jobs_pairs_is_the_last_one(viewer: Client) -> None:
    job = opened_job(models=26)

    page = text(viewer, f"/admin/jobs/{job.pk}/", pair_page="99")

    assert page.count("/admin/certifications/") == 1
    assert "Page 2 of 2" in page


def test_a_job_that_nobody_works_on_says_so(viewer: Client) -> None:
    job = opened_job()
    path = f"/admin/jobs/{job.pk}/rows/"
    alone = text(viewer, path)

    worker = WorkerFactory.create()
    assert "No worker is alive" in alone
    assert "No worker is alive" not in text(viewer, path)
    worker.delete()
    lifecycle.cancel(job.pk)
    assert "No worker is alive" not in text(viewer, path)


def test_the_history_asks_as_many_queries_for_many_jobs(
    viewer: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(15):
        PairFactory.create(job__created_by=someone(Role.OPERATOR))

    with django_assert_max_num_queries(9):
        text(viewer, "/admin/jobs/")


def test_an_opened_job_asks_as_many_queries_for_many_pairs(
    viewer: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = opened_job(models=30)

    with django_assert_max_num_queries(9):
        page = text(viewer, f"/admin/jobs/{job.pk}/rows/")

    assert page.count("/admin/certifications/") == 25


def test_the_fragment_is_no_whole_page(viewer: Client) -> None:
    job = opened_job()

    page = text(viewer, f"/admin/jobs/{job.pk}/rows/")

    assert page.strip().startswith("<section")
    assert f'data-live="/api/certification-queue/jobs/{job.pk}/events"' in page


def test_an_address_opens_a_job_in_the_history(viewer: Client) -> None:
    job = opened_job()

    page = text(viewer, "/admin/jobs/", open=str(job.pk))

    assert f'id="opened-{job.pk}"' in page
    assert f'data-job-opened="{job.pk}"' in page


def test_passed_and_failed_come_with_their_share_of_what_is_processed(viewer: Client) -> None:
    job = JobFactory.create(total_models=9)
    for status in ("PASSED", "PASSED", "FAILED", "INCONCLUSIVE"):
        ended(status, job=job)

    page = text(viewer, f"/admin/jobs/{job.pk}/")

    assert "50%" in page
    assert "25%" in page


def test_no_share_is_rounded_to_all_or_to_none(viewer: Client) -> None:
    job = JobFactory.create(
        status=JobStatus.COMPLETED,
        completed_at=timezone.now(),
        total_models=1000,
        success_count=997,
        failure_count=3,
    )

    page = text(viewer, f"/admin/jobs/{job.pk}/")

    assert "&gt;99%<" in page
    assert "&lt;1%<" in page
    assert "100%<" not in page


def test_an_old_job_without_rows_says_so(viewer: Client) -> None:
    job = JobFactory.create(status="COMPLETED", completed_at=timezone.now())

    assert "No model found for this job" in text(viewer, f"/admin/jobs/{job.pk}/")


def test_a_job_that_is_not_there_is_not_found(viewer: Client) -> None:
    nowhere = "/admin/jobs/00000000-0000-0000-0000-000000000000/"

    assert viewer.get(nowhere).status_code == 404
    assert viewer.get(f"{nowhere}export/csv/").status_code == 404


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"pair_search": "alpha"}, {"Alpha"}),
        ({"pair_region": "us-two"}, {"Beta"}),
        ({"result": "FAILED"}, {"Beta"}),
        ({"result": "CHANGED"}, {"Alpha"}),
        ({}, {"Alpha", "Beta", "Gamma"}),
    ],
)
def test_the_pairs_of_a_job_are_searched_and_filtered(
    query: dict[str, str], shown: set[str], viewer: Client
) -> None:
    job = JobFactory.create(total_models=3, regions=["us-one", "us-two"])
    one, two = RegionFactory.create(id="us-one"), RegionFactory.create(id="us-two")
    alpha = ended("PASSED", job=job, model__name="Alpha", region=one)
    beta = ended("FAILED", job=job, model__name="Beta", region=two)
    ended("INCONCLUSIVE", job=job, model__name="Gamma", region=one)
    ended("FAILED", days_ago=2, model=alpha.model, region=one)
    ended("CANCELLED", days_ago=1, model=alpha.model, region=one)
    ended("FAILED", days_ago=1, model=beta.model, region=two)

    page = text(viewer, f"/admin/jobs/{job.pk}/rows/", **query)

    assert {name for name in ("Alpha", "Beta", "Gamma") if f">{name}</a>" in page} == shown


def test_a_failure_comes_with_its_reason_and_advice(viewer: Client) -> None:
    pair = ended("FAILED", error_category="ACCESS", error_message="You shall not pass.")

    page = text(viewer, f"/admin/jobs/{pair.job_id}/")

    assert "You shall not pass." in page
    assert "The account has no access to this model" in page


def test_a_name_is_text_and_never_markup(viewer: Client) -> None:
    pair = ended("FAILED", model__name="<script>alert(1)</script>")

    for path in (f"jobs/{pair.job_id}/", f"certifications/{pair.pk}/"):
        page = text(viewer, f"/admin/{path}")
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_an_operator_cancels_a_job_after_one_question(operator: Client) -> None:
    job = opened_job(models=3)

    question = text(operator, f"/admin/jobs/{job.pk}/cancel/")
    after = operator.post(f"/admin/jobs/{job.pk}/cancel/", follow=True).content.decode()

    assert "3 certifications have not ended" in question
    assert "The job is cancelled" in after
    job.refresh_from_db()
    assert job.status == JobStatus.CANCELLED


def test_asking_cancels_nothing(operator: Client) -> None:
    job = opened_job()

    operator.get(f"/admin/jobs/{job.pk}/cancel/")

    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED


def test_a_job_that_has_ended_is_not_asked_about(operator: Client) -> None:
    job = JobFactory.create(status="COMPLETED", completed_at=timezone.now())

    page = operator.get(f"/admin/jobs/{job.pk}/cancel/", follow=True).content.decode()

    assert "there is nothing to cancel" in page
    assert "Cancel the job" not in page


def test_an_operator_pauses_and_resumes_a_job(operator: Client) -> None:
    job = opened_job()

    operator.post(f"/admin/jobs/{job.pk}/pause/")
    paused = CertificationJob.objects.get(pk=job.pk).status
    operator.post(f"/admin/jobs/{job.pk}/resume/")

    assert paused == JobStatus.PAUSED
    assert CertificationJob.objects.get(pk=job.pk).status == JobStatus.QUEUED


def test_what_a_job_does_not_allow_is_told(operator: Client) -> None:
    job = opened_job()
    lifecycle.cancel(job.pk)

    page = operator.post(f"/admin/jobs/{job.pk}/pause/", follow=True).content.decode()

    assert "A job that is cancelled cannot be paused." in page


@pytest.mark.parametrize("action", ["cancel", "pause", "resume", "retry"])
def test_a_viewer_changes_nothing(action: str, viewer: Client) -> None:
    job = opened_job()

    assert viewer.post(f"/admin/jobs/{job.pk}/{action}/").status_code == 403
    page = text(viewer, f"/admin/jobs/{job.pk}/")
    assert f"/admin/jobs/{job.pk}/{action}/" not in page


@pytest.mark.parametrize("action", ["pause", "resume", "retry"])
def test_following_a_link_changes_nothing(action: str, operator: Client) -> None:
    job = opened_job()

    operator.get(f"/admin/jobs/{job.pk}/{action}/")

    assert CertificationJob.objects.get().status == job.status


def test_the_failed_are_retried_in_a_job_of_their_own(operator: Client) -> None:
    job = JobFactory.create(
        total_models=5, status="COMPLETED", completed_at=timezone.now(), failure_count=3
    )
    for status in ("PASSED", "UNSUPPORTED", "FAILED", "BLOCKED", "INCONCLUSIVE"):
        ended(status, job=job)

    before = " ".join(text(operator, f"/admin/jobs/{job.pk}/").split())
    page = operator.post(f"/admin/jobs/{job.pk}/retry/", follow=True).content.decode()

    assert "Retry 3 failed, blocked or inconclusive" in before
    assert "A new job certifies 3 pairs again." in page
    assert CertificationJob.objects.get(retry_of=job).total_models == 3


def test_one_row_is_retried(operator: Client) -> None:
    job = JobFactory.create(total_models=2, status="COMPLETED")
    chosen = ended("FAILED", job=job)
    ended("FAILED", job=job)

    operator.post(f"/admin/jobs/{job.pk}/retry/", {"certification": str(chosen.pk)})

    retry = CertificationJob.objects.get(retry_of=job)
    assert [pair.model_id for pair in retry.certifications.all()] == [chosen.model_id]


def test_a_job_without_failures_has_nothing_to_retry(operator: Client) -> None:
    job = ended("PASSED").job

    page = operator.post(f"/admin/jobs/{job.pk}/retry/", follow=True).content.decode()

    assert "Nothing in this job failed, is blocked or is inconclusive" in page


@pytest.mark.parametrize("format_name", ["csv", "xlsx", "pdf", "json", "junit"])
def test_a_job_is_exported_in_the_session(format_name: str, viewer: Client) -> None:
    job = ended("PASSED").job

    answer = viewer.get(f"/admin/jobs/{job.pk}/export/{format_name}/")

    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith('attachment; filename="homologa-job-')
    assert len(b"".join(answer.streaming_content)) > 100  # type: ignore[attr-defined]


def test_an_unknown_format_is_not_found(viewer: Client) -> None:
    job = JobFactory.create()

    assert viewer.get(f"/admin/jobs/{job.pk}/export/docx/").status_code == 404
