"""The columns of all tables: CSV and XLSX show them all, paper those that have room on it."""

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
    """`key` names the row's field, `only` the one kind of report that has it (empty: both).

    width:    on a screen, in characters
    paper:    on paper, in mm; 0 where it is left out
    decimals: that are shown of a number, while files keep all of them; None for what is no number
    """

    key: str
    heading: str | Promise
    width: int
    paper: int = 0
    decimals: int | None = None
    only: str = ""

    def read(self, row: Row) -> Cell:
        value: Cell = getattr(row, self.key)
        return value


COLUMNS: Final = (
    Column("model_name", _("Model"), 28, paper=40),
    Column("api_model_id", _("API model id"), 44),
    Column("vendor", _("Vendor"), 14),
    Column("region", _("Region"), 15, paper=24),
    Column("status_label", _("Status"), 14, paper=20),
    Column("verdict_label", _("Verdict"), 16, paper=24),
    Column("passed", pgettext_lazy("certification", "Passed"), 9),
    Column("score", _("Score"), 8, paper=13, decimals=1),
    Column("grade", _("Grade"), 7, paper=11),
    Column("rating", _("Rating"), 8, decimals=1),
    Column("badge", _("Badge"), 9),
    Column("duration_ms", _("Duration (ms)"), 14, paper=18, decimals=0),
    Column("latency_ms", _("Latency (ms)"), 14, paper=18, decimals=0),
    Column("ttft_ms", _("First token (ms)"), 16, paper=18, decimals=0),
    Column("tokens_per_second", _("Tokens per second"), 18, decimals=1),
    Column("input_tokens", _("Input tokens"), 13, decimals=0),
    Column("output_tokens", _("Output tokens"), 13, decimals=0),
    Column("cost", _("Cost (USD)"), 12, paper=17, decimals=6),
    Column("error_category", _("Error category"), 18, paper=29),
    Column("error_code", _("Error code"), 26),
    Column("error_message", _("Error message"), 60),
    Column("advice", _("Advice"), 60),
    Column("stale_reason", _("Stale because"), 16, only="standings"),
    Column("attempts", _("Attempts"), 10, decimals=0, only="job"),
    Column("simulated", _("Simulated"), 11, paper=15),
    Column("suite_version", _("Suite version"), 14),
    Column("completed_at", _("Completed at"), 20, paper=26),
)


def columns_of(report: Report) -> Sequence[Column]:
    return [column for column in COLUMNS if column.only in ("", report.kind)]
