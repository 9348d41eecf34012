"""A workbook: the rows on one sheet that can be filtered, and what they are on another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from .chunks import of_file
from .columns import Cell, Column, columns_of
from .notices import SIMULATED
from .rows import LABELS, Report

OPTIONS: Final = {
    "constant_memory": True,
    # What a model or a service said stays text, whatever it looks like.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd hh:mm:ss",
}


def write(report: Report) -> Iterator[bytes]:
    with TemporaryFile() as file:
        with Workbook(file, OPTIONS) as book:
            _write_rows(book, report)
            _write_about(book, report)
        yield from of_file(file)


def _write_rows(book: Any, report: Report) -> None:
    columns = columns_of(report)
    sheet = book.add_worksheet(_("Results"))
    sheet.freeze_panes(1, 1)
    formats = [_format(book, column) for column in columns]
    bold = book.add_format({"bold": True, "bottom": 1})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write(0, place, str(column.heading), bold)
    line = 0
    for line, row in enumerate(report.rows, start=1):
        for place, column in enumerate(columns):
            sheet.write(line, place, _shown(column.read(row)), formats[place])
    sheet.autofilter(0, 0, line, len(columns) - 1)


def _write_about(book: Any, report: Report) -> None:
    sheet = book.add_worksheet(_("About"))
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 60)
    facts: list[tuple[str, Cell]] = [
        (_("Title"), report.title),
        (_("Made at"), report.made_at),
        (_("Time zone"), timezone.get_current_timezone_name()),
        (_("Rows"), report.total),
        *((str(LABELS[code]).capitalize(), count) for code, count in report.counts.items()),
    ]
    if report.simulated:
        facts.append((_("Simulated"), str(SIMULATED)))
    bold = book.add_format({"bold": True})
    left = book.add_format({"align": "left", "text_wrap": True})
    moment = book.add_format({"align": "left", "num_format": OPTIONS["default_date_format"]})
    for line, (name, value) in enumerate(facts):
        sheet.write(line, 0, name, bold)
        sheet.write(line, 1, _shown(value), moment if isinstance(value, datetime) else left)


def _format(book: Any, column: Column) -> Any:
    """Of a column's numbers; texts need none, and times have the book's."""
    if column.decimals is None:
        return None
    digits = f".{'0' * column.decimals}" if column.decimals else ""
    return book.add_format({"num_format": f"#,##0{digits}"})


def _shown(cell: Cell) -> Cell:
    """Excel's times know no zone, so they are told as the clock on the wall has them."""
    return timezone.make_naive(cell) if isinstance(cell, datetime) else cell
