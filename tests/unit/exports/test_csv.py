from __future__ import annotations

import csv
from io import StringIO

import pytest

from certification.exports.columns import COLUMNS
from tests.unit.exports.reports import failed, over_the_world, row, written


def read(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))


def test_it_works() -> None:
    (told,) = read(written("csv", row()))

    assert told["Model"] == "Modelo Ágil"
    assert told["API model id"] == "vendor.agile-v1:0"
    assert told["Region"] == "sa-east-1"
    assert told["Status"] == "passed"
    assert told["Verdict"] == "certified"
    assert told["Passed"] == "true"
    assert told["Score"] == "95.5"
    assert told["Badge"] == "GOLD"
    assert told["Duration (ms)"] == "1250"
    assert told["Cost (USD)"] == "0.00012300"
    assert told["Attempts"] == "1"
    assert told["Simulated"] == "false"
    assert told["Completed at"] == "2026-11-21T03:00:00.000Z"


def test_it_says_which_route_was_judged_and_what_the_others_did() -> None:
    told, bare = read(written("csv", over_the_world(), row()))

    assert (told["Route"], told["Id called"]) == ("GLOBAL", "global.agile")
    assert told["Routes"] == ("GEO eu.agile REFUSED POLICY 7 ms; GLOBAL global.agile WORKS 40 ms")
    assert told["Dead capabilities"] == "tools, image_input"
    assert told["Unsteady checks"] == "2"
    assert told["Called in AWS's place"] == "http://127.0.0.1:9"
    assert (bare["Route"], bare["Routes"], bare["Dead capabilities"]) == ("", "", "")


def test_what_is_not_known_is_empty() -> None:
    bare = row(score=None, passed=None, cost=None, completed_at=None, simulated=None, badge=None)

    (told,) = read(written("csv", bare))

    empty = ("Score", "Passed", "Cost (USD)", "Completed at", "Simulated", "Badge")
    assert {told[heading] for heading in empty} == {""}


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "＝1+1",
        "\u200b =1",
        '=HYPERLINK("http://evil.example";"x")',
    ],
)
def test_a_text_that_a_spreadsheet_would_run_is_defused(text: str) -> None:
    (told,) = read(written("csv", failed(error_message=text, model_name=text)))

    assert told["Error message"] == f"'{text}"
    assert told["Model"] == f"'{text}"


def test_our_own_negative_numbers_stay_numbers() -> None:
    (told,) = read(written("csv", row(score=-1.5)))

    assert told["Score"] == "-1.5"


def test_quotes_commas_and_lines_come_back_as_they_were() -> None:
    text = 'He said "no, never",\nand left; ção 中文'

    (told,) = read(written("csv", failed(error_message=text)))

    assert told["Error message"] == text


def test_each_kind_of_report_has_its_own_columns() -> None:
    of_job = written("csv", kind="job").decode("utf-8-sig").strip().split(",")
    of_standings = written("csv", kind="standings").decode("utf-8-sig").strip().split(",")

    assert set(of_job) ^ set(of_standings) == {"Attempts", "Stale because"}
    assert len(of_job) == len(of_standings) == len(COLUMNS) - 1
