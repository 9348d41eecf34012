"""Rows and reports for tests, without a database."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from certification.exports import Report, Row, stream

MADE_AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


def row(**changes: Any) -> Row:
    """Returns a row of a passed pair, with `changes`."""
    fields: dict[str, Any] = {
        "model_id": UUID(int=1),
        "model_name": "Modelo Ágil",
        "api_model_id": "vendor.agile-v1:0",
        "vendor": "Vendor",
        "region": "sa-east-1",
        "status": "PASSED",
        "status_label": "passed",
        "verdict": "CERTIFIED",
        "verdict_label": "certified",
        "passed": True,
        "score": 95.5,
        "grade": "A",
        "rating": 4.8,
        "badge": "GOLD",
        "duration_ms": 1250,
        "latency_ms": 300,
        "ttft_ms": 120,
        "tokens_per_second": 41.25,
        "input_tokens": 900,
        "output_tokens": 1200,
        "cost": Decimal("0.00012300"),
        "error_category": "",
        "error_code": "",
        "error_message": "",
        "advice": "",
        "stale_reason": "",
        "attempts": 1,
        "simulated": False,
        "endpoint": "",
        "proved": {"streaming": True},
        "dead": [],
        "unsteady": 0,
        "route_kind": "",
        "route_id": "",
        "routes": [],
        "suite_version": "abc",
        "started_at": datetime(2026, 11, 21, 2, 59, 58, tzinfo=UTC),
        "completed_at": datetime(2026, 11, 21, 3, 0, 0, tzinfo=UTC),
    }
    return Row(**{**fields, **changes})


def failed(**changes: Any) -> Row:
    return row(
        **{
            "status": "FAILED",
            "status_label": "failed",
            "verdict": "FAILED",
            "verdict_label": "failed",
            "passed": False,
            "score": 12.0,
            "grade": "F",
            "badge": None,
            "error_category": "ACCESS",
            "error_code": "AccessDeniedException",
            "error_message": "You don't have access to the model.",
            "advice": "Ask for access.",
            **changes,
        }
    )


def over_the_world(**changes: Any) -> Row:
    """A pair that was refused over its geographic profile, and passed over the global one."""
    refused = {"id": "eu.agile", "kind": "GEO", "outcome": "REFUSED", "category": "POLICY",
               "message": "explicit deny", "latencyMs": 7}  # fmt: skip
    works = {"id": "global.agile", "kind": "GLOBAL", "outcome": "WORKS", "category": None,
             "message": "", "latencyMs": 40}  # fmt: skip
    return row(
        **{
            "route_kind": "GLOBAL",
            "route_id": "global.agile",
            "routes": [refused, works],
            "dead": ["tools", "image_input"],
            "unsteady": 2,
            "endpoint": "http://127.0.0.1:9",
            **changes,
        }
    )


def report(*rows: Row, **changes: Any) -> Report:
    fields: dict[str, Any] = {
        "kind": "job",
        "name": "job-1",
        "title": "Certification job 1",
        "made_at": MADE_AT,
        "language": "en",
        "counts": dict(Counter(row.status for row in rows)),
        "simulated": any(row.simulated for row in rows),
        "rows": iter(rows),
    }
    return Report(**{**fields, **changes})


def written(format_name: str, *rows: Row, **changes: Any) -> bytes:
    return b"".join(stream(format_name, report(*rows, **changes)))
