"""CSV in UTF-8 with a byte order mark, without which Excel assumes another encoding."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from io import StringIO

from .chunks import encode_in_chunks
from .columns import Cell, columns_of
from .csv_injection import defused
from .rows import Report
from .timestamps import iso_utc


def write(report: Report) -> Iterator[bytes]:
    return encode(_rows(report))


def encode(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yields any table as CSV; the first row holds the headings."""
    return encode_in_chunks(_lines(rows))


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
        writer.writerow([_as_text(cell) for cell in row])
        yield _drain(buffer)


def _drain(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _as_text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return defused(cell)
        case bool():
            return "true" if cell else "false"
        case datetime():
            return iso_utc(cell)
        case Decimal():
            return f"{cell:f}"
        case _:
            return str(cell)
