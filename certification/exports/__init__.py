"""Exports the pairs of a job, or standings, as files.

Make a report with `of_job` or `of_standings`, and pass it to `stream`. To add a format, add a
module with a `write` function here and an entry to FORMATS.
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
    """`write` yields the file in chunks, and iterates over the report's rows meanwhile."""

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
    """Returns a format by its key in FORMATS. Raises UnknownFormat."""
    try:
        return FORMATS[format_name]
    except KeyError:
        raise UnknownFormat(
            _("There is no format “%(format)s”.") % {"format": format_name},
            format=format_name,
            known=list(FORMATS),
        ) from None


def stream(format_name: str, report: Report) -> Iterator[bytes]:
    """Returns the file in chunks, in the language that was active when the report was made.

    Raises UnknownFormat when called, not at the first chunk.
    """
    return in_language(report.language, find(format_name).write(report))


def filename(format_name: str, report: Report) -> str:
    """Returns a file name in ASCII, such as `homologa-standings-20261121T083000Z.csv`.

    Raises UnknownFormat.
    """
    return f"homologa-{report.name}-{report.made_at:%Y%m%dT%H%M%SZ}.{find(format_name).extension}"


def in_language(language: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yields the chunks; while each is produced, the language is active."""
    # A response is sent after its request has ended, perhaps by another thread, in which the
    # language must not stay active between two chunks.
    while True:
        with override(language):
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk
