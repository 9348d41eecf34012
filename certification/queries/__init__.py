"""The readers: whatever a page, an endpoint or a command shows comes from here."""

from .comparison import Comparison, Side, compare
from .forecast import Forecast, forecast
from .job_lines import (
    JobFilter,
    JobLine,
    certification,
    changed_pairs,
    job_lines,
    points_of,
    previous_records,
    with_previous,
)
from .jobs import (
    NESTED_LIMIT,
    NESTED_LIMIT_IN_LISTS,
    JobView,
    Progress,
    has_jobs,
    history,
    is_below_threshold,
    job,
    job_view,
    newest_jobs,
    pairs_of,
    progress,
    progress_of,
    record,
    records_of_model,
    search_pairs,
)
from .matrix import Matrix, has_verdict, matrix
from .pages import Page, page_of
from .standings import COMPLETED, standing, standings
from .statistics import Statistics, statistics
from .weeks import WEEKS, Week, regressions, weekly
from .workers import live_workers

__all__ = [
    "COMPLETED",
    "NESTED_LIMIT",
    "NESTED_LIMIT_IN_LISTS",
    "WEEKS",
    "Comparison",
    "Forecast",
    "JobFilter",
    "JobLine",
    "JobView",
    "Matrix",
    "Page",
    "Progress",
    "Side",
    "Statistics",
    "Week",
    "certification",
    "changed_pairs",
    "compare",
    "forecast",
    "has_jobs",
    "has_verdict",
    "history",
    "is_below_threshold",
    "job",
    "job_lines",
    "job_view",
    "live_workers",
    "matrix",
    "newest_jobs",
    "page_of",
    "pairs_of",
    "points_of",
    "previous_records",
    "progress",
    "progress_of",
    "record",
    "records_of_model",
    "regressions",
    "search_pairs",
    "standing",
    "standings",
    "statistics",
    "weekly",
    "with_previous",
]
