"""A message that is not one of ours is logged and dropped once: the worker goes on."""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis

from config.redis_transport import is_message

from .deployment import QUEUE, Deployment, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.sqlite_only]

PAIRS = "model-certification"
CERTIFY = "certification.tasks.certify_pair"


class Touch:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def message(
    body: object = ((), {}, {}),
    *,
    raw: bytes | None = None,
    headers: Mapping[str, object] | None = None,
    properties: Mapping[str, object] | None = None,
    **parts: object,
) -> bytes:
    """Returns a message as kombu writes it, with changes. `raw` is a body that is not JSON."""
    task_id = str(uuid4())
    whole = {
        "body": base64.b64encode(json.dumps(body).encode() if raw is None else raw).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"task": CERTIFY, "id": task_id, "lang": "py", **(headers or {})},
        "properties": {
            "correlation_id": task_id,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": PAIRS},
            "body_encoding": "base64",
            "delivery_tag": str(uuid4()),
            **(properties or {}),
        },
    }
    return json.dumps(
        {**whole, **{name.replace("_", "-"): part for name, part in parts.items()}}
    ).encode()


def poison(touched: Path) -> dict[str, bytes]:
    pickled = pickle.dumps(((Touch(touched),), {}, {}))
    return {
        "nothing": b"",
        "no JSON": b"{",
        "no text": b"\xff\xfe\x00",
        "deep": b"[" * 100_000,
        "a number": b"1",
        "null": b"null",
        "a list": b"[1, 2]",
        "an empty object": b"{}",
        "a pickle": pickled,
        "a pickle in an envelope": message(
            raw=pickled, content_type="application/x-python-serialize"
        ),
        "a pickle by its short name": message(raw=pickled, content_type="pickle"),
        "a pickle that says it is JSON": message(raw=pickled),
        "YAML": message(raw=b"- 1", content_type="application/x-yaml"),
        "an unknown content type": message(content_type="text/x-unknown"),
        "a content type that is a list": message(content_type=[1]),
        "an unknown content encoding": message(content_encoding="klingon"),
        "no delivery info": message(properties={"delivery_info": None}),
        "properties that are a list": b'{"body": "e30=", "properties": []}',
        "a delivery tag that is a list": message(properties={"delivery_tag": []}),
        "a delivery tag of thousands": message(properties={"delivery_tag": "x" * 100_000}),
        "a body encoding that does not exist": message(properties={"body_encoding": "rot13"}),
        "a body that is not base64": message().replace(b'"body": "', b'"body": "!'),
        "a body that is a number": b'{"body": 7}',
        "JSON that is not complete": message(raw=b'[["a"'),
        "a payload that is a number": message(7),
        "a payload that is null": message(None),
        "a payload that is empty": message([]),
        "a payload of one": message([[]]),
        "a payload of the first protocol": message({"task": CERTIFY, "id": "1", "args": []}),
        "headers that are null": message(headers={"task": None, "id": None}),
        "an unknown task": message(headers={"task": "os.system"}),
        "a task that is a list": message(headers={"task": ["os.system"]}),
        "an id that is a list": message(headers={"id": [1]}),
        "no id": message(headers={"id": None}),
        "no arguments": message(),
        "too many arguments": message((("a", "b", "c"), {}, {})),
        "unknown keywords": message(((), {"pair": 1}, {})),
        "arguments that are text": message(("text", {}, {})),
        "keywords that are a list": message(((), [], {})),
        "a pair's id that is none": message((("not-a-uuid",), {}, {})),
        "a pair's id that is a number": message(((7,), {}, {})),
        "an id of no pair": message(((str(uuid4()),), {}, {})),
        "a wrong eta": message(headers={"eta": "tomorrow"}),
        "an eta in the far future": message(headers={"eta": "9999-12-31T23:59:59+00:00"}),
        "a wrong expiry": message(headers={"expires": "never"}),
        "an expiry in the past": message(headers={"expires": "2001-01-01T00:00:00+00:00"}),
        "wrong time limits": message(headers={"timelimit": "long"}),
        "wrong retries": message(headers={"retries": "many"}),
        "wrong callbacks": message(((), {}, {"callbacks": "x", "chain": 7})),
        "wrong parents": message(headers={"group": 7, "root_id": [], "parent_id": {}}),
    }


def waiting(broker: redis.Redis) -> int:
    return broker.llen(PAIRS) + broker.llen(f"{PAIRS}-control")


def test_what_celery_publishes_is_a_message() -> None:
    assert is_message(message())


def test_no_poison_ends_a_worker_or_comes_back(deployment: Deployment, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    worker = deployment.start_worker()
    broker = redis.Redis.from_url(deployment.variables["REDIS_URL"])
    log = deployment.data / "worker.log"

    for raw in poison(touched).values():
        broker.lpush(PAIRS, raw)
        broker.lpush(f"{PAIRS}-control", raw)
    wait_until(
        "all to be taken",
        lambda: not waiting(broker) or worker.poll() is not None,
        60,
    )
    assert worker.poll() is None, log.read_text()[-3000:]
    for topic in (b"/0.celery.pidbox", b"/0.celeryev/worker.heartbeat"):
        for raw in (
            b"{",
            b"[]",
            b"{}",
            message(),
            message(raw=b"{", properties={"body_encoding": 1}),
        ):
            broker.publish(topic, raw)

    deployment.run_python(
        "from config import celery_app\nassert celery_app.control.ping(timeout=10, limit=1)"
    )
    models = deployment.request("GET", f"{QUEUE}/certifiable-models")[1]["data"]
    opened = deployment.open(
        "certify-multiple", modelIds=[models[0]["id"]], regions=["us-east-1", "us-west-2"]
    )
    assert deployment.wait_for(opened["jobId"])["status"] == "COMPLETED"
    assert worker.poll() is None, log.read_text()[-3000:]
    wait_until(
        f"all to be acknowledged, not {broker.hgetall('unacked')}",
        lambda: broker.hlen("unacked") == 0,
    )
    assert not waiting(broker)
    assert not touched.exists(), "a pickle was loaded"
    reconnects = log.read_text().count("Connection to broker lost")
    assert reconnects == 0, log.read_text()[-3000:]
    deployment.kill(worker)


def test_a_queue_that_is_none_does_not_end_a_worker(deployment: Deployment) -> None:
    worker = deployment.start_worker()
    broker = redis.Redis.from_url(deployment.variables["REDIS_URL"])
    log = deployment.data / "worker.log"
    begin = log.read_text().count("(server:ResponseError)")
    broker.delete(PAIRS)
    broker.set(PAIRS, "text")
    wait_until(
        "the worker to notice",
        lambda: (
            log.read_text().count("(server:ResponseError)") > begin or worker.poll() is not None
        ),
    )
    broker.delete(PAIRS)

    models = deployment.request("GET", f"{QUEUE}/certifiable-models")[1]["data"]
    opened = deployment.open(
        "certify-multiple", modelIds=[models[0]["id"]], regions=["us-east-1", "us-west-2"]
    )

    assert deployment.wait_for(opened["jobId"])["status"] == "COMPLETED"
    assert worker.poll() is None, log.read_text()[-3000:]
    deployment.kill(worker)
