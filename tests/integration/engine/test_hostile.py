"""Answers that are meant to exhaust the time or the memory of a worker."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from certification.engine import (
    BedrockTransport,
    Category,
    Certification,
    Deadline,
    Kind,
    ModelSpec,
    Stopped,
    Verdict,
    certify,
)
from certification.outcomes import evidence
from tests.integration.engine import hostile_run
from tests.integration.engine.hostile_server import BEHAVIOURS, IMAGES, serving

REGION = "us-east-1"
TOO_LARGE = {
    *("endless_continue", "unknown_events", "huge_frame", "endless_body", "tiny_chunks"),
    *("many_blocks", "many_keys", "many_items", "pixel_flood"),
}
OUT_OF_TIME = {"body_drip", "header_drip", "event_drip"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as found:
        yield found


def certified(url: str, name: str, seconds: float) -> Certification:
    kind = Kind.IMAGE if name in IMAGES else Kind.TEXT
    abilities = {"streaming": True, "tools": True} if kind is Kind.TEXT else {}
    model = ModelSpec(name, kind, capabilities=abilities)
    return certify(model, REGION, BedrockTransport(url), Deadline(seconds))


@pytest.mark.parametrize("name", sorted(TOO_LARGE))
def test_an_answer_that_is_too_large_fails_the_pair(url: str, name: str) -> None:
    found = certified(url, name, 60)
    assert found.error is not None
    assert (found.verdict, found.error.category) == (Verdict.FAILED, Category.ANSWER_TOO_LARGE)
    assert found.retries == 0
    assert len(json.dumps(evidence.of_pair(found.results))) < 256_000


def test_an_answer_that_drips_ends_with_the_deadline(url: str) -> None:
    with ThreadPoolExecutor() as pool:
        began = time.monotonic()
        all_found = list(pool.map(lambda name: certified(url, name, 3), sorted(OUT_OF_TIME)))
    assert time.monotonic() - began < 15
    for found in all_found:
        assert found.error is not None
        assert (found.verdict, found.error.category) == (Verdict.FAILED, Category.DEADLINE)


def test_arguments_nested_too_deep_are_the_models_failure(url: str) -> None:
    found = certified(url, "deep", 60)
    [call] = [one for one in found.results if one.id == "tool_call"]
    assert str(call.note) == "the tool's arguments are not a JSON object"
    assert Category.INTERNAL not in {one.error.category for one in found.results if one.error}


@pytest.mark.parametrize("name", sorted(OUT_OF_TIME | {"silence"}))
def test_a_run_that_is_stopped_ends_while_its_answer_is_awaited(url: str, name: str) -> None:
    began = time.monotonic()
    model = ModelSpec(name, capabilities={"streaming": True})
    with pytest.raises(Stopped):
        certify(
            model,
            REGION,
            BedrockTransport(url),
            Deadline(60),
            stopped=lambda: time.monotonic() - began > 0.5,
        )
    assert time.monotonic() - began < 10


def test_a_connection_serves_the_next_call_after_a_good_answer(url: str) -> None:
    found = certified(url, "good", 60)
    assert found.results[0].points == 1
    assert found.results[0].error is None


def test_a_worker_of_one_gibibyte_and_sixteen_pairs_finishes_its_job(url: str) -> None:
    command = [sys.executable, "-m", "tests.integration.engine.hostile_run", url]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert run.returncode == 0, run.stderr[-2_000:]
    told = json.loads(run.stdout)
    assert len(told["pairs"]) == hostile_run.PAIRS
    assert {pair["behaviour"] for pair in told["pairs"]} == BEHAVIOURS.keys()
    assert {pair["category"] for pair in told["pairs"]}.isdisjoint({Category.INTERNAL})
    assert max(pair["evidence"] for pair in told["pairs"]) < 256_000
    assert max(pair["seconds"] for pair in told["pairs"]) < hostile_run.SECONDS + 20
    # A heartbeat that is 15 s late makes a worker look lost.
    assert told["lateSeconds"] < 5
