"""The readers: whatever a page, an endpoint or a command shows comes from here."""

from .comparison import Comparison, Side, compare
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
    pairs_of,
    progress,
    progress_of,
    record,
    records_of_model,
    search_pairs,
)
from .matrix import Matrix, matrix
from .pages import Page, page_of
from .standings import COMPLETED, standing, standings
from .statistics import Statistics, statistics
from .workers import live_workers

__all__ = [
    "COMPLETED",
    "NESTED_LIMIT",
    "NESTED_LIMIT_IN_LISTS",
    "Comparison",
    "JobView",
    "Matrix",
    "Page",
    "Progress",
    "Side",
    "Statistics",
    "compare",
    "has_jobs",
    "history",
    "is_below_threshold",
    "job",
    "job_view",
    "live_workers",
    "matrix",
    "page_of",
    "pairs_of",
    "progress",
    "progress_of",
    "record",
    "records_of_model",
    "search_pairs",
    "standing",
    "standings",
    "statistics",
]
