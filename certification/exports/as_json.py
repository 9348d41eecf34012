"""JSON with the field names of the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .chunks import encode_in_chunks
from .rows import Report, Row
from .timestamps import iso_utc


def write(report: Report) -> Iterator[bytes]:
    return encode_in_chunks(_texts(report))


def _texts(report: Report) -> Iterator[str]:
    head = {
        "title": report.title,
        "madeAt": iso_utc(report.made_at),
        "simulated": report.simulated,
        "total": report.total,
        "counts": report.counts,
    }
    yield _json(head)[:-1] + ', "rows": ['
    separator = "\n"
    for row in report.rows:
        yield separator + _json(_body(report, row))
        separator = ",\n"
    yield "\n]}\n"


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _body(report: Report, row: Row) -> dict[str, Any]:
    own = (
        {"attempts": row.attempts}
        if report.kind == "job"
        else {"staleReason": row.stale_reason or None}
    )
    return {
        "modelId": str(row.model_id),
        "region": row.region,
        "status": row.status,
        "verdict": row.verdict or None,
        "passed": row.passed,
        "score": row.score,
        "rating": row.rating,
        "grade": row.grade or None,
        "badge": row.badge,
        "duration": row.duration_ms,
        "error": row.error_message or None,
        "errorCategory": row.error_category or None,
        "errorCode": row.error_code or None,
        "errorMessage": row.error_message or None,
        "advice": row.advice or None,
        "simulated": row.simulated,
        "endpoint": row.endpoint or None,
        "latencyMs": row.latency_ms,
        "ttftMs": row.ttft_ms,
        "tokensPerSecond": row.tokens_per_second,
        "inputTokens": row.input_tokens,
        "outputTokens": row.output_tokens,
        "cost": None if row.cost is None else float(row.cost),
        "provedCapabilities": row.proved,
        "deadCapabilities": row.dead,
        "unsteadyCount": row.unsteady,
        "route": {"id": row.route_id, "kind": row.route_kind} if row.route_id else None,
        "routes": row.routes,
        "suiteVersion": row.suite_version,
        **own,
        "startedAt": row.started_at and iso_utc(row.started_at),
        "completedAt": row.completed_at and iso_utc(row.completed_at),
        "model": {
            "id": str(row.model_id),
            "name": row.model_name,
            "apiModelId": row.api_model_id,
            "vendor": row.vendor,
        },
    }
