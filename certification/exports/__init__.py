"""The pairs of a job, or the standings, as files: a format is a file here and a line in FORMATS.

Make a report with `of_job` or `of_standings`, and hand it to `stream`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import override

from certification.errors import UnknownFormat

from . import as_csv, as_json, as_junit, as_pdf, as_xlsx
from .rows import Report, Row, of_job, of_standings

__all__ = [
    "FORMATS",
    "Format",
    "Report",
    "Row",
    "filename",
    "find",
    "in_language",
    "of_job",
    "of_standings",
    "stream",
]


@dataclass(frozen=True)
class Format:
    """`write` gives the file in pieces, and walks the report's rows as it does."""

    extension: str
    content_type: str
    write: Callable[[Report], Iterator[bytes]]


FORMATS: Final = {
    "csv": Format("csv", "text/csv; charset=utf-8", as_csv.write),
    "xlsx": Format(
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_xlsx.write,
    ),
    "pdf": Format("pdf", "application/pdf", as_pdf.write),
    "json": Format("json", "application/json", as_json.write),
    "junit": Format("xml", "application/xml", as_junit.write),
}


def find(format_name: str) -> Format:
    """Raises UnknownFormat."""
    try:
        return FORMATS[format_name]
    except KeyError:
        raise UnknownFormat(
            _("There is no format “%(format)s”.") % {"format": format_name},
            format=format_name,
            known=list(FORMATS),
        ) from None


def stream(format_name: str, report: Report) -> Iterator[bytes]:
    """The file in pieces, in the language that was active when the report was made.

    Raises UnknownFormat at once, before the first piece.
    """
    return in_language(report.language, find(format_name).write(report))


def filename(format_name: str, report: Report) -> str:
    """A name in plain ASCII, such as `homologa-standings-20261121T083000Z.csv`.

    Raises UnknownFormat.
    """
    return f"homologa-{report.name}-{report.made_at:%Y%m%dT%H%M%SZ}.{find(format_name).extension}"


def in_language(language: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, each made while that language is active."""
    # A response is sent after its request, perhaps by another thread; and what that thread does
    # between two pieces must not find this language active.
    while True:
        with override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
