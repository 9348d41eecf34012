"""JUnit XML for CI servers: a test suite for each region, a test case for each pair.

The start tag of a suite holds the number of its failed cases, so the cases are buffered (on disk,
if large) until the last row is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Final

from certification.states import StandingStatus

from . import xml_text
from .chunks import CHUNK_SIZE, read_in_chunks
from .rows import Report, Row
from .timestamps import iso_utc

PASSED: Final = (StandingStatus.CERTIFIED, StandingStatus.QUALITY_WARNING)
# Every outcome that is neither here nor in PASSED becomes "skipped".
ELEMENTS: Final = {
    StandingStatus.FAILED.value: "failure",
    StandingStatus.BLOCKED.value: "error",
    StandingStatus.INCONCLUSIVE.value: "error",
}


@dataclass
class Tally:
    """The counts in a suite's start tag; `elements` counts failures, errors and skipped cases."""

    tests: int = 0
    elements: dict[str, int] = field(default_factory=dict)
    milliseconds: int = 0

    def add(self, row: Row) -> None:
        self.tests += 1
        self.milliseconds += row.duration_ms or 0
        if element := _element_of(row):
            self.elements[element] = self.elements.get(element, 0) + 1

    def as_attributes(self) -> dict[str, str]:
        return {
            "tests": str(self.tests),
            "failures": str(self.elements.get("failure", 0)),
            "errors": str(self.elements.get("error", 0)),
            "skipped": str(self.elements.get("skipped", 0)),
            "time": _seconds(self.milliseconds),
        }


@dataclass(frozen=True)
class Suite:
    cases: SpooledTemporaryFile[bytes]
    tally: Tally = field(default_factory=Tally)


def write(report: Report) -> Iterator[bytes]:
    with ExitStack() as files:
        suites: dict[str, Suite] = {}
        whole = Tally()
        for row in report.rows:
            if row.region not in suites:
                file = files.enter_context(SpooledTemporaryFile(CHUNK_SIZE))
                suites[row.region] = Suite(file)
            suite = suites[row.region]
            suite.cases.write(_case(row).encode())
            suite.tally.add(row)
            whole.add(row)
        made_at = iso_utc(report.made_at)
        head = {"name": report.title, **whole.as_attributes(), "timestamp": made_at}
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n{_tag("testsuites", head)}\n'.encode()
        for region, suite in sorted(suites.items()):
            head = {"name": region, **suite.tally.as_attributes(), "timestamp": made_at}
            properties = _properties({"simulated": str(report.simulated).lower()})
            yield f"{_tag('testsuite', head)}\n{properties}\n".encode()
            yield from read_in_chunks(suite.cases)
            yield b"</testsuite>\n"
        yield b"</testsuites>\n"


def _case(row: Row) -> str:
    attributes = {
        "classname": row.api_model_id,
        "name": row.region,
        "time": _seconds(row.duration_ms or 0),
    }
    content = _properties(
        {
            "model": row.model_name,
            "status": row.status,
            "verdict": row.verdict,
            "score": "" if row.score is None else f"{row.score:.1f}",
            "grade": row.grade,
            "cost": "" if row.cost is None else f"{row.cost:f}",
            "simulated": "" if row.simulated is None else str(row.simulated).lower(),
            "endpoint": row.endpoint,
            "route": row.route_id,
            "routeKind": row.route_kind,
            "routes": row.routes_in_words,
            "deadCapabilities": row.dead_in_words,
            "unsteadyCount": str(row.unsteady or ""),
            "staleReason": row.stale_reason,
            "completedAt": iso_utc(row.completed_at) if row.completed_at else "",
        }
    )
    if element := _element_of(row):
        content += _result_element(element, row)
    return f"{_tag('testcase', attributes)}{content}</testcase>\n"


def _element_of(row: Row) -> str:
    return "" if row.outcome in PASSED else ELEMENTS.get(row.outcome, "skipped")


def _result_element(element: str, row: Row) -> str:
    reason = row.error_message or row.verdict_label or row.status_label
    if element == "skipped":
        return _tag(element, {"message": reason}, end="/>")
    text = "\n".join(part for part in (row.error_code, row.error_message, row.advice) if part)
    tag = _tag(element, {"message": reason, "type": row.error_category})
    return f"{tag}{xml_text.content(text)}</{element}>"


def _properties(named: Mapping[str, str]) -> str:
    content = "".join(
        _tag("property", {"name": name, "value": value}, end="/>")
        for name, value in named.items()
        if value
    )
    return f"<properties>{content}</properties>"


def _tag(name: str, attributes: Mapping[str, str], end: str = ">") -> str:
    rendered = "".join(f" {key}={xml_text.attribute(value)}" for key, value in attributes.items())
    return f"<{name}{rendered}{end}"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"
