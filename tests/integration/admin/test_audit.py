from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone

from certification.accounts import audit
from certification.accounts.audit import Actor
from certification.accounts.roles import Role
from certification.jobs import opening
from certification.jobs.requests import OpenRequest
from certification.models import AuditEntry, CertificationJob
from certification.states import AuditAction, Face
from models_registry.models import Region
from tests.factories.certification import JobFactory, PairFactory, offered, someone
from tests.factories.registry import RegionFactory
from tests.integration.admin.conftest import queries_of

pytestmark = pytest.mark.django_db


def opened(face: Face = Face.API) -> CertificationJob:
    return opening.open_for_models(*offered(), OpenRequest(Actor(someone(Role.OPERATOR), face))).job


@pytest.fixture
def superuser() -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(
        User.objects.create_superuser("root", "root@example.com", "x"),
        backend="certification.accounts.EmailOrUsernameBackend",
    )
    return client


def shown(client: Client, query: str = "") -> str:
    return client.get(f"/admin/audit/{query}").content.decode()


def test_what_was_done_is_told_in_words_with_the_way_to_its_job(administrator: Client) -> None:
    job = opened()

    page = shown(administrator)

    assert f"/admin/jobs/{job.pk}/" in page
    assert "opened a job" in page
    assert "single model" in page
    assert "SINGLE_MODEL" not in page
    assert "1 entry" in page


@pytest.mark.parametrize(
    "query",
    [
        "?who={user}",
        "?action=JOB_OPENED",
        "?face=API",
        "?search={job}",
        "?job={job}",
        "?since={today}&until={today}",
    ],
)
def test_each_filter_keeps_what_fits(query: str, administrator: Client) -> None:
    job = opened()
    assert job.created_by is not None
    today = timezone.localdate()

    page = shown(administrator, query.format(user=job.created_by.username, job=job.pk, today=today))

    assert f"/admin/jobs/{job.pk}/" in page


@pytest.mark.parametrize(
    "query",
    ["?who=stranger", "?action=JOB_PAUSED", "?face=SCHEDULE", "?search=x", "?since=2999-01-01"],
)
def test_each_filter_leaves_out_what_does_not(query: str, administrator: Client) -> None:
    opened()

    page = shown(administrator, query)

    assert "Nothing in the audit log matches these filters." in page


def test_an_empty_audit_log_says_what_will_be_there(administrator: Client) -> None:
    assert "Nothing has been done yet" in shown(administrator)


def test_the_filtered_view_is_exported_and_no_cell_runs_in_a_spreadsheet(
    administrator: Client,
) -> None:
    opened()
    audit.note(audit.COMMAND_LINE, AuditAction.BREAKER_RESET, subject="=HYPERLINK(1)")

    answer = administrator.get("/admin/audit/csv/?action=BREAKER_RESET")

    text = b"".join(answer).decode("utf-8-sig")  # type: ignore[call-overload]
    headings, row = csv.reader(StringIO(text))
    assert "attachment" in answer["Content-Disposition"]
    assert headings[4] == "On what"
    assert row[4] == "'=HYPERLINK(1)"


def test_the_audit_log_takes_as_many_queries_for_many_as_for_one(administrator: Client) -> None:
    def queries() -> int:
        return queries_of(lambda: shown(administrator))

    opened()
    one = queries()
    for _ in range(5):
        opened()

    assert queries() == one


def test_a_jobs_own_page_says_who_did_what_to_it(operator: Client) -> None:
    job = JobFactory.create(status="QUEUED")
    PairFactory.create(job=job)

    operator.post(f"/admin/jobs/{job.pk}/pause/")
    page = operator.get(f"/admin/jobs/{job.pk}/").content.decode()

    assert "paused a job" in page
    assert "/admin/audit/" not in page


@pytest.mark.parametrize("command", ["retry", "again"])
def test_what_is_done_in_the_screens_was_done_in_the_screens(
    command: str, operator: Client
) -> None:
    failed = PairFactory.create(
        status="FAILED", completed_at=timezone.now(), job__status="COMPLETED"
    )
    where = (
        f"jobs/{failed.job_id}/retry/"
        if command == "retry"
        else f"certifications/{failed.pk}/again/"
    )

    operator.post(f"/admin/{where}")

    entry = AuditEntry.objects.get()
    assert (entry.face, entry.action) == ("ADMIN", "JOB_OPENED")
    assert entry.username


def test_a_change_in_one_of_djangos_tables_is_noted_with_its_fields(
    administrator: Client,
) -> None:
    region: Region = RegionFactory.create(is_active=True)

    administrator.post(f"/admin/models_registry/region/{region.pk}/change/", {})

    region.refresh_from_db()
    entry = AuditEntry.objects.get()
    assert not region.is_active
    assert (entry.action, entry.face, entry.subject) == ("ROW_CHANGED", "ADMIN", str(region))
    assert entry.details == {"table": "models_registry.region", "fields": ["Active"]}
    assert "Region: " in shown(administrator)


def test_rows_that_are_added_and_deleted_are_noted(superuser: Client) -> None:
    superuser.post("/admin/auth/group/add/", {"name": "night shift"})
    superuser.post(
        "/admin/auth/group/",
        {
            "action": "delete_selected",
            "_selected_action": str(_group("night shift")),
            "post": "yes",
        },
    )

    assert list(AuditEntry.objects.order_by("action").values_list("action", "subject")) == [
        ("ROW_ADDED", "night shift"),
        ("ROW_DELETED", "night shift"),
    ]


@pytest.mark.parametrize("role", list(Role))
def test_a_role_cannot_be_deleted(role: Role, superuser: Client) -> None:
    group = _group(role)

    answer = superuser.post(f"/admin/auth/group/{group}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert _group(role) == group


@pytest.mark.parametrize("role", list(Role))
def test_a_role_keeps_the_rights_that_make_it(role: Role, superuser: Client) -> None:
    rights = Group.objects.get(name=role).permissions
    before = set(rights.all())

    answer = superuser.post(f"/admin/auth/group/{_group(role)}/change/", {"permissions": []})

    assert answer.status_code == 302
    assert set(rights.all()) == before != set()


@pytest.mark.parametrize("role", list(Role))
def test_an_administrator_gives_no_role_another_right(role: Role, administrator: Client) -> None:
    rights = Group.objects.get(name=role).permissions
    before = set(rights.all())
    every = list(Permission.objects.values_list("pk", flat=True))
    page = f"/admin/auth/group/{_group(role)}/"

    answers = [
        administrator.post(f"{page}change/", {"permissions": every}),
        administrator.post(f"{page}delete/", {"post": "yes"}),
        administrator.post("/admin/auth/group/add/", {"name": "all", "permissions": every}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert set(rights.all()) == before
    assert administrator.get(f"{page}change/").status_code == 200


def _group(name: str) -> int:
    return Group.objects.get(name=name).pk
