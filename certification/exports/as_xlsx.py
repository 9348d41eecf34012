"""An Excel workbook: a sheet with the rows and an autofilter, and a sheet about the report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from certification.outcomes import simulated

from . import temporary
from .chunks import read_in_chunks
from .columns import Cell, Column, columns_of
from .rows import LABELS, Report

OPTIONS: Final = {
    "constant_memory": True,
    # Texts of models and services must stay text, even if they look like a formula or a URL.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd hh:mm:ss",
}
# What a workbook holds as `_xHHHH_` (ECMA-376, ST_Xstring), and what would be read as such.
ESCAPED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9a-fA-F]{4}_)")


class PlainWorksheet(Worksheet):  # type: ignore[misc]
    """A sheet whose texts are read as they were written: XlsxWriter would change some."""

    def _xml_rich_inline_string(self, string: str, attributes: Any = ()) -> None:
        """Writes a text in `<r>…</r>` like any other; XlsxWriter takes it for markup of its own.

        https://github.com/jmcnamara/XlsxWriter/issues/475
        """
        self._xml_inline_string(string, False, attributes)

    @staticmethod
    def _escape_control_characters(data: str | int) -> str | int:
        # XlsxWriter would escape only every other underscore of `_x0041_x0042_`.
        if isinstance(data, int):
            return data
        text = data.encode(errors="replace").decode()
        return ESCAPED.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def write(report: Report) -> Iterator[bytes]:
    with temporary.folder() as folder, TemporaryFile(dir=folder) as file:
        book = Workbook(file, {**OPTIONS, "tmpdir": folder})
        _write_rows(book, report)
        _write_about(book, report)
        # Not as a context manager, which would also put together a workbook that is given up.
        book.close()
        yield from read_in_chunks(file)


def _write_rows(book: Any, report: Report) -> None:
    columns = columns_of(report)
    sheet = book.add_worksheet(_("Results"), PlainWorksheet)
    sheet.freeze_panes(1, 1)
    formats = [_format(book, column) for column in columns]
    bold = book.add_format({"bold": True, "bottom": 1})
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.xlsx_chars)
        sheet.write(0, index, str(column.heading), bold)
    line = 0
    for line, row in enumerate(report.rows, start=1):
        for index, column in enumerate(columns):
            sheet.write(line, index, _without_zone(column.read(row)), formats[index])
    sheet.autofilter(0, 0, line, len(columns) - 1)


def _write_about(book: Any, report: Report) -> None:
    sheet = book.add_worksheet(_("About"), PlainWorksheet)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 60)
    facts: list[tuple[str, Cell]] = [
        (_("Title"), report.title),
        (_("Made at"), report.made_at),
        (_("Time zone"), timezone.get_current_timezone_name()),
        (_("Rows"), report.total),
        *((str(LABELS[code]).capitalize(), count) for code, count in report.counts.items()),
    ]
    if notice := simulated.notice(report.simulated):
        facts.append((_("Simulated"), notice))
    bold = book.add_format({"bold": True})
    left = book.add_format({"align": "left", "text_wrap": True})
    moment = book.add_format({"align": "left", "num_format": OPTIONS["default_date_format"]})
    for line, (name, value) in enumerate(facts):
        sheet.write(line, 0, name, bold)
        sheet.write(line, 1, _without_zone(value), moment if isinstance(value, datetime) else left)


def _format(book: Any, column: Column) -> Any:
    """Returns the number format of a column; None for texts and times."""
    if column.decimals is None:
        return None
    digits = f".{'0' * column.decimals}" if column.decimals else ""
    return book.add_format({"num_format": f"#,##0{digits}"})


def _without_zone(cell: Cell) -> Cell:
    """Converts times to local time without a zone, because Excel has no time zones."""
    return timezone.make_naive(cell) if isinstance(cell, datetime) else cell
