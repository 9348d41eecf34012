"""Exports end when nobody waits for them any more; a person has only so many at once; what a killed
one left is removed."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, StreamingHttpResponse
from django.test import RequestFactory
from knox.models import AuthToken

from certification.accounts.roles import Role
from certification.errors import TooManyExports
from certification.exports import FORMATS, download, rows, slots, temporary
from certification.models import CertificationJob
from tests.factories.certification import JobFactory, PairFactory, someone
from tests.integration.admin.conftest import signed_in
from tests.integration.api.conftest import client_of

QUEUE = "/api/certification-queue"


@pytest.fixture(autouse=True)
def _temporary_files_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def job_with(pairs: int) -> CertificationJob:
    job = JobFactory.create(total_models=pairs)
    for _ in range(pairs):
        PairFactory.create(job=job)
    return job


async def hang_up_after(path: str, token: str, reading: threading.Event) -> None:
    """Sends a request, and disconnects as soon as the export reads rows."""
    application = get_asgi_application()
    received = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        for message in received:
            return message
        while not reading.is_set():
            await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    async def send(_message: Any) -> None:
        await asyncio.sleep(0)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode()), (b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
    }
    await application(scope, receive, send)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("format_name", ["xlsx", "pdf", "csv"])
def test_an_export_ends_with_its_client(
    format_name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    job = job_with(1)
    user = someone(Role.VIEWER)
    token = AuthToken.objects.create(user)[1]
    reading = threading.Event()
    read: list[int] = []
    of_pair = rows._of_pair

    def endless(job: CertificationJob, _selected: object) -> rows.Report:
        report = of_job(job)
        pair = of_pair(job.certifications.select_related("model").get())

        def many() -> Iterator[rows.Row]:
            for number in range(20_000):
                read.append(number)
                time.sleep(0.001)
                if number == 20:
                    reading.set()
                yield pair

        return replace(report, rows=many())

    of_job = rows.of_job
    monkeypatch.setattr("certification.exports.of_job", endless)

    asyncio.run(hang_up_after(f"{QUEUE}/jobs/{job.pk}/export.{format_name}", token, reading))

    assert reading.is_set()
    deadline = time.monotonic() + 10
    while slots._slots and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not slots._slots
    assert len(read) < 10_000
    assert list(tmp_path.iterdir()) == []


def request_of(name: str) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = User(username=name)
    return request


def sent(name: str, chunks: Iterator[bytes]) -> StreamingHttpResponse:
    return download.send(request_of(name), chunks, "text/csv", "a.csv")


def test_a_person_has_only_so_many_at_once() -> None:
    under_way = [iter(sent("ana", iter([b"a", b"b"]))) for _ in range(slots.MOST_AT_ONCE)]
    for each in under_way:
        next(each)

    with pytest.raises(TooManyExports) as refused:
        sent("ana", iter([b""]))
    assert (refused.value.status, refused.value.retry_after) == (429, 15)
    assert list(sent("bruno", iter([b"x"]))) == [b"x"]

    list(under_way[0])
    assert list(sent("ana", iter([b"y"]))) == [b"y"]


def test_an_answer_that_is_never_sent_keeps_no_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [sent("carla", iter([b"a"])) for _ in range(slots.MOST_AT_ONCE)]
    with pytest.raises(TooManyExports):
        sent("carla", iter([b""]))

    monkeypatch.setattr(slots, "BEGINS_WITHIN", 0)

    assert list(sent("carla", iter([b"x"]))) == [b"x"]
    assert len(kept) == slots.MOST_AT_ONCE


@pytest.mark.django_db
def test_one_too_many_is_answered_with_429_and_when_to_come_back() -> None:
    user = someone(Role.ADMINISTRATOR)
    job = job_with(1)
    taken = [slots.take(user.username) for _ in range(slots.MOST_AT_ONCE)]

    for path in (f"jobs/{job.pk}/export.csv", "certifications/export.pdf"):
        answer = client_of(user).get(f"{QUEUE}/{path}")
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "15"
        assert answer.json()["error"]["code"] == "too_many_exports"

    browser = signed_in(Role.ADMINISTRATOR)
    name = User.objects.exclude(pk=user.pk).latest("pk").username
    taken += [slots.take(name) for _ in range(slots.MOST_AT_ONCE)]
    for path in (f"jobs/{job.pk}/export/csv/", "audit/csv/"):
        page = browser.get(f"/admin/{path}")
        assert (page.status_code, page.headers["Retry-After"]) == (429, "15")
    for slot in taken:
        slot.release()


@pytest.mark.django_db
@pytest.mark.parametrize("format_name", FORMATS)
def test_every_export_gives_its_slot_back(format_name: str) -> None:
    user = someone(Role.VIEWER)
    job = job_with(2)
    for _ in range(slots.MOST_AT_ONCE + 1):
        answer = client_of(user).get(f"{QUEUE}/jobs/{job.pk}/export.{format_name}")
        assert b"".join(answer.streaming_content)  # type: ignore[arg-type]


def test_what_a_killed_export_left_is_removed(tmp_path: Path) -> None:
    left, young = tmp_path / f"{temporary.PREFIX}left", tmp_path / f"{temporary.PREFIX}young"
    foreign = tmp_path / "somebody-else-s"
    for each in (left, young, foreign):
        each.mkdir()
        (each / "rows").write_text("x" * 1000)
    an_hour_ago = time.time() - 3600
    for each in (left, foreign):
        os.utime(each, (an_hour_ago, an_hour_ago))

    with temporary.folder() as ours:
        os.utime(ours, (an_hour_ago, an_hour_ago))
        temporary.remove_abandoned()
        assert {path.name for path in tmp_path.iterdir()} == {
            young.name,
            foreign.name,
            Path(ours).name,
        }

    assert not Path(ours).exists()
