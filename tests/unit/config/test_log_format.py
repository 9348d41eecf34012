"""The format of log lines, and the context in them."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from certification.observability import log_context
from config.log_format import Json, Line


def record(message: str = "hello", error: BaseException | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("some.logger", logging.INFO, __file__, 1, message, (), exc_info)


def as_json(entry: logging.LogRecord) -> dict[str, Any]:
    line = Json().format(entry)
    assert "\n" not in line
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def test_a_json_line_says_when_in_utc_how_bad_where_and_what() -> None:
    entry = record("two\nlines, ção")
    entry.created = 1_700_000_000.25

    line = as_json(entry)

    assert line == {
        "time": "2023-11-14T22:13:20.250Z",
        "level": "INFO",
        "logger": "some.logger",
        "message": "two\nlines, ção",
    }


def test_a_line_has_the_context_only_inside_it() -> None:
    with log_context.bound(request="r1"), log_context.bound(job="j1", attempt=2):
        within = as_json(record())
        for_people = Line().format(record())
    outside = as_json(record())

    assert (within["request"], within["job"], within["attempt"]) == ("r1", "j1", 2)
    assert for_people.endswith("hello request=r1 job=j1 attempt=2")
    assert "request" not in outside


def test_an_error_logged_outside_still_has_its_context() -> None:
    with pytest.raises(ZeroDivisionError) as caught, log_context.bound(pair="p1"):
        raise ZeroDivisionError

    line = as_json(record(error=caught.value))

    assert line["pair"] == "p1"
    assert "ZeroDivisionError" in line["exception"]


def test_an_error_without_a_context_is_logged_in_full() -> None:
    try:
        raise ValueError("bare")
    except ValueError:
        error = sys.exc_info()[1]

    assert "ValueError: bare" in as_json(record(error=error))["exception"]
