from __future__ import annotations

from datetime import datetime
from io import BytesIO

import openpyxl
import pytest
from openpyxl.cell.cell import Cell
from openpyxl.workbook import Workbook

from tests.unit.exports.reports import failed, row, written


def read(content: bytes) -> Workbook:
    return openpyxl.load_workbook(BytesIO(content))


def cells(book: Workbook) -> list[dict[str, Cell]]:
    head, *lines = book.worksheets[0].iter_rows()
    headings = [str(cell.value) for cell in head]
    return [dict(zip(headings, line, strict=True)) for line in lines]


def test_it_works() -> None:
    book = read(written("xlsx", row(), failed()))

    told, other = cells(book)
    assert told["Model"].value == "Modelo Ágil"
    assert told["Status"].value == "passed"
    assert told["Passed"].value is True
    assert told["Score"].value == 95.5
    assert told["Cost (USD)"].value == pytest.approx(0.000123)
    assert told["Duration (ms)"].value == 1250
    assert other["Error category"].value == "ACCESS"
    assert other["Badge"].value is None
    assert book.worksheets[0].freeze_panes == "B2"
    assert book.worksheets[0].auto_filter.ref == "A1:AF3"


def test_times_are_real_and_those_of_the_wall_clock(settings: object) -> None:
    settings.TIME_ZONE = "America/Sao_Paulo"  # type: ignore[attr-defined]

    (told,) = cells(read(written("xlsx", row())))

    assert told["Completed at"].is_date
    assert told["Completed at"].value == datetime(2026, 11, 21, 0, 0)  # noqa: DTZ001


@pytest.mark.parametrize(
    "text", ["=1+1", "{=1+1}", "+1", "-1", "@SUM(A1)", "http://evil.example", "mailto:x@y.example"]
)
def test_text_is_never_a_formula_or_a_link(text: str) -> None:
    (told,) = cells(read(written("xlsx", failed(error_message=text, model_name=text))))

    for heading in ("Model", "Error message"):
        assert told[heading].value == text
        assert told[heading].data_type == "s"
        assert told[heading].hyperlink is None


def test_a_text_that_is_longer_than_a_cell_is_cut_off() -> None:
    (told,) = cells(read(written("xlsx", failed(error_message="x" * 40_000))))

    assert told["Error message"].value == "x" * 32_767


def test_control_characters_do_not_break_the_book() -> None:
    (told,) = cells(read(written("xlsx", failed(error_message="a\x01b\x0bc"))))

    assert str(told["Error message"].value)[0] == "a"


def facts(book: Workbook) -> dict[str, object]:
    return {str(line[0].value): line[1].value for line in book.worksheets[1].iter_rows()}


def test_a_second_sheet_says_what_the_rows_are() -> None:
    told = facts(read(written("xlsx", row(), failed(), row())))

    assert told["Title"] == "Certification job 1"
    assert told["Time zone"] == "America/Sao_Paulo"
    assert told["Rows"] == 3
    assert told["Passed"] == 2
    assert told["Failed"] == 1
    assert "Simulated" not in told


def test_it_says_when_results_are_simulated() -> None:
    book = read(written("xlsx", row(simulated=True)))

    assert str(facts(book)["Simulated"]).startswith("Simulated")
    assert cells(book)[0]["Simulated"].value is True
