"""The columns of all tables: CSV and XLSX have all of them, PDF those with a width in mm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .rows import Report, Row

Cell = str | bool | int | float | Decimal | datetime | None


@dataclass(frozen=True)
class Column:
    """A column of a table.

    key:        name of the field of Row
    xlsx_chars: width in a workbook, characters
    pdf_mm:     width in a PDF, mm; 0: not in the PDF
    decimals:   decimals that are displayed (a workbook's cell keeps all); None: not a number
    only_in:    the kind of report that has this column; empty: both
    """

    key: str
    heading: str | Promise
    xlsx_chars: int
    pdf_mm: int = 0
    decimals: int | None = None
    only_in: str = ""

    def read(self, row: Row) -> Cell:
        value: Cell = getattr(row, self.key)
        return value


COLUMNS: Final = (
    Column("model_name", _("Model"), 28, pdf_mm=41),
    Column("api_model_id", _("API model id"), 44),
    Column("vendor", _("Vendor"), 14),
    Column("region", _("Region"), 15, pdf_mm=20),
    Column("status_label", _("Status"), 14, pdf_mm=18),
    Column("verdict_label", _("Verdict"), 16, pdf_mm=24),
    Column("route_kind", _("Route"), 12, pdf_mm=16),
    Column("route_id", _("Id called"), 44),
    Column("routes_in_words", _("Routes"), 60),
    Column("passed", pgettext_lazy("certification", "Passed"), 9),
    Column("score", _("Score"), 8, pdf_mm=12, decimals=1),
    Column("grade", _("Grade"), 7, pdf_mm=9),
    Column("rating", _("Rating"), 8, decimals=1),
    Column("badge", _("Badge"), 9),
    Column("duration_ms", _("Duration (ms)"), 14, pdf_mm=17, decimals=0),
    Column("latency_ms", _("Latency (ms)"), 14, pdf_mm=16, decimals=0),
    Column("ttft_ms", _("First token (ms)"), 16, pdf_mm=16, decimals=0),
    Column("tokens_per_second", _("Tokens per second"), 18, decimals=1),
    Column("input_tokens", _("Input tokens"), 13, decimals=0),
    Column("output_tokens", _("Output tokens"), 13, decimals=0),
    Column("cost", _("Cost (USD)"), 12, pdf_mm=17, decimals=6),
    Column("error_category", _("Error category"), 18, pdf_mm=30),
    Column("error_code", _("Error code"), 26),
    Column("error_message", _("Error message"), 60),
    Column("advice", _("Advice"), 60),
    Column("stale_reason", _("Stale because"), 16, only_in="standings"),
    Column("attempts", _("Attempts"), 10, decimals=0, only_in="job"),
    Column("dead_in_words", _("Dead capabilities"), 24),
    Column("unsteady", _("Unsteady checks"), 16, decimals=0),
    Column("simulated", _("Simulated"), 11, pdf_mm=15),
    Column("endpoint", _("Called in AWS's place"), 30),
    Column("suite_version", _("Suite version"), 14),
    Column("completed_at", _("Completed at"), 20, pdf_mm=22),
)


def columns_of(report: Report) -> Sequence[Column]:
    return [column for column in COLUMNS if column.only_in in ("", report.kind)]
