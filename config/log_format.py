"""Log formats: JSON objects in production, plain lines on a laptop. Both include the context from
`certification.observability.log_context` (request, job, pair)."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from certification.observability import log_context


class Json(logging.Formatter):
    """One JSON object per record; `extra={"fields": {…}}` adds keys to it."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "time": when.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_context(record),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Line(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s %(message)s%(whose)s")

    def format(self, record: logging.LogRecord) -> str:
        record.whose = "".join(f" {name}={value}" for name, value in _context(record).items())
        return super().format(record)


def _context(record: logging.LogRecord) -> dict[str, object]:
    error = record.exc_info[1] if record.exc_info else None
    return {**log_context.fields_of(error), **log_context.current()}
