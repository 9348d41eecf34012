from __future__ import annotations

import json

from certification.api.serializers.certifications import JobCertificationItemSerializer
from tests.unit.exports.reports import failed, over_the_world, row, written


def test_it_works() -> None:
    told = json.loads(written("json", row(), failed()))

    assert told["title"] == "Certification job 1"
    assert told["madeAt"] == "2026-11-21T08:30:00.000Z"
    assert told["simulated"] is False
    assert told["total"] == 2
    assert told["counts"] == {"PASSED": 1, "FAILED": 1}
    passed, other = told["rows"]
    assert passed["model"]["apiModelId"] == "vendor.agile-v1:0"
    assert (passed["status"], passed["verdict"]) == ("PASSED", "CERTIFIED")
    assert (passed["score"], passed["duration"], passed["cost"]) == (95.5, 1250, 0.000123)
    assert passed["completedAt"] == "2026-11-21T03:00:00.000Z"
    assert passed["provedCapabilities"] == {"streaming": True}
    assert passed["errorCategory"] is None
    assert other["errorCategory"] == "ACCESS"
    assert other["advice"] == "Ask for access."


def test_it_says_which_route_was_judged_and_what_the_others_did() -> None:
    given = over_the_world()

    told, bare = json.loads(written("json", given, row()))["rows"]

    assert told["route"] == {"id": "global.agile", "kind": "GLOBAL"}
    assert told["routes"] == given.routes
    assert told["deadCapabilities"] == ["tools", "image_input"]
    assert (told["unsteadyCount"], told["endpoint"]) == (2, "http://127.0.0.1:9")
    assert (bare["route"], bare["routes"], bare["endpoint"]) == (None, [], None)


def test_without_rows_it_is_still_json() -> None:
    assert json.loads(written("json"))["rows"] == []


def test_it_says_when_results_are_simulated() -> None:
    told = json.loads(written("json", row(), row(simulated=True)))

    assert told["simulated"] is True
    assert [item["simulated"] for item in told["rows"]] == [False, True]


def test_a_pair_has_the_field_names_of_the_api() -> None:
    (told,) = json.loads(written("json", row()))["rows"]

    assert set(told) - {"verdict"} <= set(JobCertificationItemSerializer().fields)


def test_any_text_survives() -> None:
    text = 'quo"te \\ \x01\x1f ção 中文 🎉 </script>'

    (told,) = json.loads(written("json", failed(error_message=text)))["rows"]

    assert told["errorMessage"] == text
