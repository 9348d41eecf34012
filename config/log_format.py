"""Log formats: JSON objects in production, plain lines on a laptop. Both include the context from
`certification.observability.log_context` (request, job, pair)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType

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
        text = json.dumps(line, ensure_ascii=False, default=str)
        return _escaped(text, lambda sign: json.dumps(sign)[1:-1])


class Line(logging.Formatter):
    """One line per record, then the traceback, if any, indented.

    What is logged may hold texts of others: line breaks and escape sequences in them are written
    as escapes, so that no text looks like another record, or moves the cursor.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s %(message)s%(whose)s")

    def format(self, record: logging.LogRecord) -> str:
        record.whose = "".join(f" {name}={value}" for name, value in _context(record).items())
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        return _escaped(super().formatMessage(record), _as_in_python)

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        lines = super().formatException(ei).split("\n")
        return "\n".join(f"  {_escaped(line, _as_in_python)}" for line in lines)


def _escaped(text: str, escape: Callable[[str], str]) -> str:
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else escape(sign) for sign in text)


def _as_in_python(sign: str) -> str:
    return sign.encode("unicode_escape").decode()


def _context(record: logging.LogRecord) -> dict[str, object]:
    error = record.exc_info[1] if record.exc_info else None
    return {**log_context.fields_of(error), **log_context.current()}
