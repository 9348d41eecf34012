from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.unit.exports.reports import failed, over_the_world, row, written


def read(content: bytes) -> ElementTree.Element:
    root = ElementTree.fromstring(content)
    assert root.tag == "testsuites"
    return root


def properties(element: ElementTree.Element) -> dict[str, str]:
    found = element.findall("properties/property")
    return {item.attrib["name"]: item.attrib["value"] for item in found}


def test_it_works() -> None:
    root = read(written("junit", row(region="us-east-1"), failed(), row()))

    assert root.attrib["name"] == "Certification job 1"
    assert root.attrib["tests"] == "3"
    suites = root.findall("testsuite")
    assert [suite.attrib["name"] for suite in suites] == ["sa-east-1", "us-east-1"]
    assert [suite.attrib["tests"] for suite in suites] == ["2", "1"]
    case = suites[1].find("testcase")
    assert case is not None
    assert case.attrib == {
        "classname": "vendor.agile-v1:0",
        "name": "us-east-1",
        "time": "1.250",
    }
    assert [child.tag for child in case] == ["properties"]
    assert properties(case)["score"] == "95.5"
    assert properties(case)["completedAt"] == "2026-11-21T03:00:00.000Z"


def test_a_case_says_which_route_was_judged_and_what_the_others_did() -> None:
    told, bare = map(properties, read(written("junit", over_the_world(), row())).iter("testcase"))

    assert (
        told.items()
        >= {
            "route": "global.agile",
            "routeKind": "GLOBAL",
            "routes": "GEO eu.agile REFUSED POLICY 7 ms; GLOBAL global.agile WORKS 40 ms",
            "deadCapabilities": "tools, image_input",
            "unsteadyCount": "2",
            "endpoint": "http://127.0.0.1:9",
        }.items()
    )
    assert not {"route", "routes", "deadCapabilities", "unsteadyCount"} & bare.keys()


@pytest.mark.parametrize(
    ("status", "verdict", "element"),
    [
        ("PASSED", "CERTIFIED", None),
        ("PASSED", "QUALITY_WARNING", None),
        ("FAILED", "FAILED", "failure"),
        ("BLOCKED", "BLOCKED", "error"),
        ("INCONCLUSIVE", "INCONCLUSIVE", "error"),
        ("UNSUPPORTED", "UNSUPPORTED", "skipped"),
        ("CANCELLED", "", "skipped"),
        ("PENDING", "", "skipped"),
        ("QUEUED", "", "skipped"),
        ("PROCESSING", "", "skipped"),
        # A standing that is being certified again is reported with its last verdict.
        ("PROCESSING", "CERTIFIED", None),
        ("PROCESSING", "FAILED", "failure"),
    ],
)
def test_each_outcome_has_its_element_and_is_counted(
    status: str, verdict: str, element: str | None
) -> None:
    root = read(written("junit", row(status=status, verdict=verdict)))

    case = root.find("testsuite/testcase")
    assert case is not None
    assert [child.tag for child in case if child.tag != "properties"] == [
        tag for tag in (element,) if tag
    ]
    suite = root.find("testsuite")
    assert suite is not None
    for head in (root, suite):
        counted = {tag: head.attrib[plural] for tag, plural in PLURALS.items()}
        assert counted == {tag: str(int(tag == element)) for tag in PLURALS}


PLURALS = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def test_a_failure_says_what_happened_and_what_to_do() -> None:
    failure = read(written("junit", failed())).find("testsuite/testcase/failure")

    assert failure is not None
    assert failure.attrib["type"] == "ACCESS"
    assert failure.attrib["message"] == "You don't have access to the model."
    assert failure.text is not None
    assert failure.text.splitlines() == [
        "AccessDeniedException",
        "You don't have access to the model.",
        "Ask for access.",
    ]


def test_what_xml_cannot_hold_is_removed_and_the_rest_survives() -> None:
    message = "\x00bad\x0b <b>&amp;</b> \"'\n]]> \ufffe ção 🎉"

    failure = read(written("junit", failed(error_message=message))).find(".//failure")

    assert failure is not None
    assert failure.attrib["message"] == "bad <b>&amp;</b> \"'\n]]>  ção 🎉"


def test_times_are_seconds_and_add_up() -> None:
    root = read(written("junit", row(duration_ms=1500), row(duration_ms=None), row(duration_ms=7)))

    assert root.attrib["time"] == "1.507"
    assert [case.attrib["time"] for case in root.iter("testcase")] == ["1.500", "0.000", "0.007"]


@pytest.mark.parametrize("simulated", [True, False])
def test_it_says_whether_results_are_simulated(simulated: bool) -> None:
    root = read(written("junit", row(simulated=simulated)))

    suite, case = root.find("testsuite"), root.find("testsuite/testcase")
    assert suite is not None
    assert case is not None
    assert properties(suite)["simulated"] == str(simulated).lower()
    assert properties(case)["simulated"] == str(simulated).lower()


def test_a_stale_verdict_says_so() -> None:
    case = read(written("junit", row(stale_reason="THROTTLED"))).find(".//testcase")

    assert case is not None
    assert properties(case)["staleReason"] == "THROTTLED"


def test_cases_beyond_memory_come_back_whole() -> None:
    rows = [row(region=f"r-{n % 3}", model_name=f"Model {n}") for n in range(900)]

    root = read(written("junit", *rows))

    assert [suite.attrib["tests"] for suite in root] == ["300"] * 3
    names = [properties(case)["model"] for case in root.iter("testcase")]
    assert sorted(names) == sorted(item.model_name for item in rows)
