"""PDF, A4 landscape: the columns with a `pdf_mm` width, and below a row why the pair did not pass,
and which declared abilities are dead.

Drawn row by row on the canvas, because ReportLab's Table would hold all rows in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, Final

from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from certification.outcomes import simulated
from certification.states import StandingStatus

from . import pdf_text, temporary
from .chunks import read_in_chunks
from .columns import Cell, Column, columns_of
from .pdf_text import BOLD, PLAIN, legible
from .rows import Report, Row

# The library is not typed. Lengths below are in points.
MM: Final[float] = mm
WIDTH, HEIGHT = landscape(A4)
MARGIN: Final = 12 * MM
BOTTOM: Final = MARGIN + 6 * MM
GAP: Final = 2 * MM
LINE: Final = 3.2 * MM
ROW: Final = 4.6 * MM
# The most characters of an error message, so that the advice fits. Other formats do not shorten it.
MESSAGE_LENGTH: Final = 400

SMALL: Final = 7.0
INK, FAINT, RULE = HexColor("#1c2430"), HexColor("#5b6675"), HexColor("#c9d0d9")
WARNING: Final = HexColor("#8a5a00")
# Only in addition to the word: colour alone must not carry meaning.
COLOURS: Final = {
    StandingStatus.CERTIFIED.value: HexColor("#176b3a"),
    StandingStatus.QUALITY_WARNING.value: WARNING,
    StandingStatus.FAILED.value: HexColor("#a3202c"),
    StandingStatus.BLOCKED.value: HexColor("#8a3b12"),
    StandingStatus.INCONCLUSIVE.value: WARNING,
}


def write(report: Report) -> Iterator[bytes]:
    with temporary.folder() as folder, TemporaryFile(dir=folder) as file:
        canvas = Canvas(file, pagesize=(WIDTH, HEIGHT), lang=report.language)
        canvas.setTitle(report.title)
        canvas.setAuthor("Homologa")
        _draw(canvas, report)
        canvas.save()
        yield from read_in_chunks(file)


def _draw(canvas: Any, report: Report) -> None:
    columns = [column for column in columns_of(report) if column.pdf_mm]
    y = _draw_summary(canvas, report)
    y = _begin_page(canvas, report, columns, y)
    for row in report.rows:
        reason = _reason(row)
        height = ROW + len(reason) * LINE
        if y - height < BOTTOM:
            canvas.showPage()
            y = _begin_page(canvas, report, columns, HEIGHT - MARGIN)
        _draw_row(canvas, columns, row, reason, y)
        y -= height
        _rule(canvas, y)


def _draw_summary(canvas: Any, report: Report) -> float:
    y: float = HEIGHT - MARGIN - 4 * MM
    _text(canvas, MARGIN, y, report.title, BOLD, 13)
    made_at = _("Made at %(moment)s. Rows: %(total)s.") % {
        "moment": _moment(report.made_at),
        "total": number_format(report.total, force_grouping=True),
    }
    y -= 5.5 * MM
    _text(canvas, MARGIN, y, f"{made_at} {report.counts_in_words}", PLAIN, 8.5)
    return y - 2 * MM


def _begin_page(canvas: Any, report: Report, columns: Sequence[Column], y: float) -> float:
    """Draws the notice, the column headings (from `y` down) and the footer of a page.

    Returns the y at which the first row begins, in points from the bottom.
    """
    if notice := simulated.notice(report.simulated):
        y -= 3.5 * MM
        _text(canvas, MARGIN, y, notice, BOLD, 8.5, WARNING)
        y -= 1.5 * MM
    headings = [
        pdf_text.wrapped(str(column.heading), BOLD, SMALL, column.pdf_mm * MM - GAP)
        for column in columns
    ]
    for (x, column), lines in zip(_positions(columns), headings, strict=True):
        for number, line in enumerate(lines, start=1):
            _cell(canvas, x, y - number * LINE, column, line, BOLD, FAINT)
    y -= max(map(len, headings)) * LINE + GAP
    _rule(canvas, y)
    _draw_foot(canvas, report)
    return y


def _draw_foot(canvas: Any, report: Report) -> None:
    zone = _("Times: %(zone)s") % {"zone": timezone.get_current_timezone_name()}
    _text(canvas, MARGIN, MARGIN, f"Homologa · {report.title} · {zone}", PLAIN, SMALL, FAINT)
    page = _("Page %(number)s") % {"number": canvas.getPageNumber()}
    x = WIDTH - MARGIN - pdf_text.width(page, PLAIN, SMALL)
    _text(canvas, x, MARGIN, page, PLAIN, SMALL, FAINT)


def _draw_row(
    canvas: Any, columns: Sequence[Column], row: Row, reason: Sequence[str], y: float
) -> None:
    for x, column in _positions(columns):
        ink = COLOURS.get(row.outcome, INK) if column.key == "verdict_label" else INK
        _cell(canvas, x, y - 3.3 * MM, column, _formatted(column, row), PLAIN, ink)
    for number, line in enumerate(reason):
        _text(canvas, MARGIN + 3 * MM, y - ROW - number * LINE - 2 * MM, line, PLAIN, SMALL, FAINT)


def _reason(row: Row) -> list[str]:
    """Returns the error message, the advice, the dead abilities and the stale reason, wrapped into
    lines."""
    stale = _("Stale: %(reason)s.") % {"reason": row.stale_reason} if row.stale_reason else ""
    message = Truncator(row.error_message).chars(MESSAGE_LENGTH)
    dead = _("Declared, but dead: %(names)s.") % {"names": row.dead_in_words} if row.dead else ""
    text = " ".join(f"{message} {row.advice} {dead} {stale}".split())
    return pdf_text.wrapped(legible(text), PLAIN, SMALL, WIDTH - 2 * MARGIN - 3 * MM)


def _positions(columns: Sequence[Column]) -> Iterator[tuple[float, Column]]:
    x = MARGIN
    for column in columns:
        yield x, column
        x += column.pdf_mm * MM


def _formatted(column: Column, row: Row) -> str:
    cell: Cell = column.read(row)
    if cell is None:
        return ""
    if isinstance(cell, str):
        return legible(cell)
    if isinstance(cell, bool):
        return _("yes") if cell else _("no")
    if isinstance(cell, datetime):
        return _moment(cell)
    return floatformat(cell, f"{column.decimals}g")


def _moment(moment: datetime) -> str:
    # Not the language's DATETIME_FORMAT, which is “5:30 a.m.” or “midnight” in English.
    local = timezone.localtime(moment)
    return f"{date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M}"


def _cell(
    canvas: Any, x: float, y: float, column: Column, text: str, font: str, ink: Color
) -> None:
    """Draws one line of text in a column, numbers right-aligned."""
    width = column.pdf_mm * MM - GAP
    shortened = pdf_text.shortened(text, font, SMALL, width)
    if column.decimals is not None:
        x += width - pdf_text.width(shortened, font, SMALL)
    _text(canvas, x, y, shortened, font, SMALL, ink)


def _text(
    canvas: Any, x: float, y: float, text: str, font: str, size: float, ink: Color = INK
) -> None:
    canvas.setFillColor(ink)
    pdf_text.draw(canvas, x, y, text, font, size)


def _rule(canvas: Any, y: float) -> None:
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.4)
    canvas.line(MARGIN, y, WIDTH - MARGIN, y)
