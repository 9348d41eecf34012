"""CSV with a BOM, without which Excel takes UTF-8 for something else."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Final

from .chunks import gathered
from .columns import Cell, columns_of
from .rows import Report
from .timestamps import iso_utc

# A spreadsheet takes a text that begins like this for a formula, and would run it.
BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def write(report: Report) -> Iterator[bytes]:
    return of(_rows(report))


def of(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Any table, with its headings as the first row."""
    return gathered(_lines(rows))


def _rows(report: Report) -> Iterator[Sequence[Cell]]:
    columns = columns_of(report)
    yield [str(column.heading) for column in columns]
    for row in report.rows:
        yield [column.read(row) for column in columns]


def _lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    buffer = StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    for row in rows:
        writer.writerow([_told(cell) for cell in row])
        yield _taken(buffer)


def _taken(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _told(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return f"'{cell}" if cell.startswith(BEGINS_A_FORMULA) else cell
        case bool():
            return "true" if cell else "false"
        case datetime():
            return iso_utc(cell)
        case Decimal():
            return f"{cell:f}"
        case _:
            return str(cell)
