from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from certification import queries
from certification.engine import POLICIES, Category, Certification, Verdict
from certification.management.commands import certify
from certification.models import CertificationJob
from tests.factories.certification import offered, result
from tests.factories.registry import (
    AIModelFactory,
    ModelOfferFactory,
    ProviderFactory,
    RegionFactory,
)
from tests.integration.conftest import RecordedBroker, record_results_when_published

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_a_wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def worker_that_finds(
    queued: RecordedBroker, monkeypatch: pytest.MonkeyPatch
) -> Callable[[list[Certification]], None]:
    """A worker that records the given results as soon as a job is published."""

    return partial(record_results_when_published, monkeypatch)


def run(*arguments: str) -> int:
    """Runs the command and returns its exit code."""
    try:
        call_command("certify", *arguments)
    except SystemExit as end:
        return int(end.code or 0)
    except CommandError as error:
        return error.returncode
    return 0


def chosen(models: list[str], regions: list[str]) -> list[str]:
    named = [word for model in models for word in ("--model", model)]
    return [*named, *(word for region in regions for word in ("--region", region))]


def test_all_passed_is_0(worker_that_finds: Any, capsys: pytest.CaptureFixture[str]) -> None:
    worker_that_finds([result(grade="A"), result(grade="A")])

    assert run(*chosen(*offered(models=2)), "--wait") == 0

    said = capsys.readouterr().out
    assert "2 passed, 0 failed" in said
    assert "95.0 A" in said
    assert "Simulated" in said


def test_some_failed_is_1_and_each_failure_has_category_and_advice(
    worker_that_finds: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    worker_that_finds([result(), result(Verdict.FAILED, 10.0, Category.NOT_AVAILABLE)])

    assert run(*chosen(*offered(models=2)), "--wait") == 1

    said = " ".join(capsys.readouterr().out.split())
    assert "NOT_AVAILABLE Model" in said
    assert "what went wrong" in said
    assert POLICIES[Category.NOT_AVAILABLE].advice in said


def test_inconclusive_is_not_passed(worker_that_finds: Any) -> None:
    worker_that_finds([result(), result(Verdict.INCONCLUSIVE, None, Category.THROTTLED)])

    assert run(*chosen(*offered(models=2)), "--wait") == 1


def test_nothing_could_be_carried_out_is_2(worker_that_finds: Any) -> None:
    worker_that_finds([result(Verdict.INCONCLUSIVE, None, Category.CREDENTIALS)])

    assert run(*chosen(*offered()), "--wait") == 2


def test_a_pass_with_a_low_score_is_reported(
    worker_that_finds: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    worker_that_finds([result(score=50.0)])

    assert run(*chosen(*offered()), "--wait") == 0

    assert "(< 70)" in capsys.readouterr().out


def test_without_a_worker_it_gives_up_with_2_and_the_job_waits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(certify, "WORKER_TIMEOUT_SECONDS", 0)

    assert run(*chosen(*offered()), "--wait") == 2

    assert "No worker is alive" in capsys.readouterr().err
    assert CertificationJob.objects.get().status == "QUEUED"


@pytest.mark.django_db(transaction=True)
def test_an_unavailable_database_is_waited_for(
    worker_that_finds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker_that_finds([result()])
    read, times = queries.jobs.get, iter(range(9))

    def away_at_first(job_id: UUID) -> CertificationJob:
        if next(times) < 2:
            raise OperationalError("terminating connection due to administrator command")
        return read(job_id)

    monkeypatch.setattr(queries.jobs, "get", away_at_first)

    assert run(*chosen(*offered()), "--wait") == 0


def test_without_wait_it_only_opens(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*chosen(*offered())) == 0

    assert str(CertificationJob.objects.get().pk) in capsys.readouterr().out


def test_with_if_none_it_does_nothing_if_there_are_jobs() -> None:
    models, regions = offered()

    assert run(*chosen(models, regions), "--if-none") == 0
    assert run(*chosen(models, regions), "--if-none") == 0

    assert CertificationJob.objects.count() == 1


def test_all_models_in_all_regions_with_the_skipped_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    offered(models=2, regions=2)
    AIModelFactory.create(
        api_model_id="gpt-4", provider=ProviderFactory.create(id="openai", name="OpenAI")
    )

    assert run("--all", "--region", "all") == 0

    assert CertificationJob.objects.get().total_models == 4
    assert "Skipped gpt-4: models of OpenAI" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--model", "nobody.nothing", "--region", "R"),
        ("--model", "M", "--region", "mars-1"),
        ("--model", "M"),
        ("--region", "R"),
        ("--model", "M", "--all", "--region", "R"),
        ("--model", "M", "--model", "M", "--region", "R"),
    ],
)
def test_bad_input_is_2_and_opens_nothing(arguments: tuple[str, ...]) -> None:
    model, region = AIModelFactory.create(), RegionFactory.create()
    given = {"M": model.api_model_id, "R": region.pk}

    assert run(*(given.get(word, word) for word in arguments)) == 2

    assert not CertificationJob.objects.exists()


@pytest.mark.parametrize("locale", ["C.UTF-8", "pt_BR.UTF-8"])
def test_the_table_fits_into_80_columns(
    locale: str,
    worker_that_finds: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LC_ALL", locale)
    models = [AIModelFactory.create(name="Llama 3 8B") for _ in range(2)]
    region = RegionFactory.create(id="ap-southeast-1")
    for model in models:
        ModelOfferFactory.create(model=model, region=region)
    worker_that_finds(
        [result(score=50.0, grade="F"), result(Verdict.FAILED, 0.0, Category.NOT_AVAILABLE)]
    )

    run(*chosen([model.api_model_id for model in models], [region.pk]), "--wait")

    said = capsys.readouterr().out
    assert said.count("Llama 3 8B ") == 2, "a name was broken into pieces"
    assert "NOT_AVAILABLE\n" in "\n".join(line.rstrip() for line in said.splitlines())
    table = [line for line in said.splitlines() if "━" not in line]
    assert max(map(len, table)) <= 80
