"""What docs/openapi.yaml declares, and whether an answer is as declared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

DOCUMENT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml").read_text()
)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yields path, method and operation."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def operation_at(path: str, method: str) -> tuple[str, str, dict[str, Any]] | None:
    """Returns the operation that a request calls; None if the document has none there."""
    for pattern, template in _templates():
        if pattern.fullmatch(path.rstrip("/")):
            found = DOCUMENT["paths"][template].get(method.lower())
            return (template, method.lower(), found) if found else None
    return None


def faults_of(path: str, method: str, answer: Any) -> str:
    """Returns how an answer differs from what is declared; "" if it does not."""
    found = operation_at(path, method)
    # 405 is the answer to a method that is not declared, 500 one that nobody promises.
    if found is None or answer.status_code in (405, 500):
        return ""
    template, method, operation = found
    declared = operation["responses"].get(str(answer.status_code))
    where = f"{operation['operationId']} {answer.status_code}"
    if declared is None:
        return f"{where} is not declared"
    if missing := set(declared.get("headers", ())) - set(answer.headers):
        return f"{where} has no {missing}"
    media = answer.headers.get("Content-Type", "").partition(";")[0]
    content = declared.get("content", {})
    if not content:
        return f"{where} has a body" if answer.content else ""
    if media not in content:
        return f"{where} is {media}"
    if media != "application/json" or "exports" in operation["tags"]:
        if answer.streaming and not answer.is_async:
            # One that is not read to its end keeps its slot until it is collected.
            answer.streaming_content = [b"".join(answer.streaming_content)]
        return ""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.streaming:
        answer.streaming_content = [body]
    validator = _validator(template, method, str(answer.status_code), media)
    errors = [
        f"{one.json_path}: {one.message}"[:300] for one in validator.iter_errors(json.loads(body))
    ]
    return f"{where}: {errors}" if errors else ""


@lru_cache(maxsize=1)
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """The longest first, so that a model's id does not take in what follows it."""
    return [
        (re.compile(_pattern(path)), path)
        for path in sorted(DOCUMENT["paths"], key=lambda path: (-path.count("/"), -len(path)))
    ]


def _pattern(path: str) -> str:
    parts = re.split(r"(\{\w+\})", path)
    return "".join(
        (".+" if part == "{model_id}" else "[^/]+") if part.startswith("{") else re.escape(part)
        for part in parts
    )


@cache
def _validator(path: str, method: str, status: str, media: str) -> Draft202012Validator:
    keys = ("paths", path, method, "responses", status, "content", media, "schema")
    pointer = "/".join(key.replace("~", "~0").replace("/", "~1") for key in keys)
    return Draft202012Validator({**DOCUMENT, "$ref": f"#/{pointer}"})
