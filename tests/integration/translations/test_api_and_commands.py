"""The API answers in the request's language, the commands in the terminal's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings
from rest_framework.test import APIClient

from certification.accounts.roles import Role
from certification.engine import POLICIES, Category, CheckResult, Status, Verdict
from certification.engine.checks import CHECKS
from certification.engine.wording import message
from certification.jobs import opening
from certification.models import CertificationJob, JobCertification
from certification.queue import broker
from certification.worker import recording
from tests.factories.certification import WorkerFactory, offered, result, someone, take

pytestmark = pytest.mark.django_db

QUEUE = "/api/certification-queue"
ANSWERS = next(check for check in CHECKS if check.id == "answers")
NOTE = message("ended with stop reason %(stop)s", stop="max_tokens")
IN_PORTUGUESE = {
    "advice": "A conta não tem acesso a este modelo",
    "title": "Responde",
    "note": "terminou com o motivo de parada max_tokens",
}
IN_ENGLISH = {
    "advice": "The account has no access to this model",
    "title": "Answers",
    "note": "ended with stop reason max_tokens",
}


@pytest.fixture
def ana() -> APIClient:
    client = APIClient()
    client.force_authenticate(someone(Role.OPERATOR))
    return client


def failed() -> JobCertification:
    """Creates and records a pair with one failed check."""
    pair = opening.open_for_models(*offered()).job.certifications.get()
    record(pair)
    return pair


def record(pair: JobCertification) -> None:
    check = CheckResult(
        "answers", ANSWERS.title, Status.FAILED, 0.0, 1.0, required=True, counts=True, note=NOTE
    )
    claim = take(pair.pk, WorkerFactory.create())
    assert claim is not None
    recording.record(claim, result(Verdict.FAILED, 0.0, Category.ACCESS, results=(check,)))


def told(client: APIClient, pair: JobCertification, **headers: str) -> dict[str, Any]:
    path = f"{QUEUE}/jobs/{pair.job_id}/certifications/{pair.pk}"
    data = client.get(path, headers=headers).json()["data"]
    (check,) = data["checks"]
    advice = data["advice"][: len(IN_ENGLISH["advice"])].rstrip(" (,")
    return {"advice": advice, "title": check["title"], "note": check["note"]}


def test_a_record_is_in_english_on_request(ana: APIClient) -> None:
    pair = failed()

    assert told(ana, pair, **{"accept-language": "en"}) == IN_ENGLISH


def test_a_record_is_in_portuguese_on_request(ana: APIClient) -> None:
    pair = failed()

    answer = told(ana, pair, **{"accept-language": "pt-BR,pt;q=0.9,en;q=0.5"})

    assert answer == {**IN_PORTUGUESE, "advice": answer["advice"]}
    assert answer["advice"].startswith(IN_PORTUGUESE["advice"])


def test_without_a_language_the_answer_is_in_portuguese(ana: APIClient, settings: Settings) -> None:
    settings.LANGUAGE_CODE = "pt-br"

    assert told(ana, failed())["title"] == "Responde"


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "Unknown models: no.body."), ("pt-br", "Modelos desconhecidos: no.body.")],
)
def test_a_refusal_is_in_the_callers_language(ana: APIClient, language: str, message: str) -> None:
    answer = ana.get(f"{QUEUE}/models/no.body", headers={"accept-language": language})

    assert answer.json()["error"]["message"] == message


@pytest.mark.parametrize(("language", "label"), [("en", "failed"), ("pt-br", "reprovado")])
def test_live_events_label_states_in_the_listeners_language(language: str, label: str) -> None:
    pair = failed()
    client = APIClient()
    client.force_login(
        someone(Role.VIEWER), backend="certification.accounts.EmailOrUsernameBackend"
    )

    said = client.get(
        f"{QUEUE}/jobs/{pair.job_id}/events",
        headers={"accept-language": language, "last-event-id": "1"},
    ).content.decode()

    data = [json.loads(line[6:]) for line in said.splitlines() if line.startswith("data: ")]
    labels = [entry["statusLabel"] for entry in data if entry.get("id") == str(pair.pk)]
    assert labels == [label]


@pytest.fixture
def in_brazil(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "pt_BR.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.usefixtures("in_brazil")
def test_the_command_line_tells_verdicts_and_advice_in_the_terminals_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def carry_out(job: CertificationJob) -> None:
        record(job.certifications.get())

    monkeypatch.setattr(broker, "publish_job", carry_out)
    (model,), (region,) = offered()

    with pytest.raises(SystemExit):
        call_command("certify", "--model", model, "--region", region, "--wait")

    said = " ".join(capsys.readouterr().out.split())
    assert "Região" in said
    assert "✗ reprovado" in said
    assert "Aprovados: 0; reprovados: 1" in said
    assert "A conta não tem acesso a este modelo" in said
    assert "Simulado: estes vereditos vêm do simulador" in said
    assert POLICIES[Category.ACCESS].advice not in said


@pytest.mark.usefixtures("in_brazil")
def test_the_command_line_refuses_in_the_terminals_language() -> None:
    with pytest.raises(CommandError, match="Modelos desconhecidos: nobody"):
        call_command("certify", "--model", "nobody", "--region", offered()[1][0])
    with pytest.raises(CommandError, match="--junit precisa de --wait"):
        call_command("certify", "--all", "--region", "all", "--junit", "report.xml")


@pytest.mark.usefixtures("in_brazil")
@pytest.mark.parametrize(
    ("command", "said"),
    [("certify", "todos os modelos certificáveis"), ("ensure_admin", "Cria o administrador")],
)
def test_the_help_is_in_the_terminals_language(
    command: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        call_command(command, "--help")

    assert said in capsys.readouterr().out
