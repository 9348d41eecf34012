"""The readers: whatever a page, an endpoint or a command shows comes from here."""

from .comparison import By, Comparison, Side, compare
from .dead_letters import UNANSWERED, dead_letter_counts, dead_letters, search_dead_letters
from .forecast import Forecast, forecast
from .gates import Gate, gates, open_circuits
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
from .people import live_token, live_tokens, people, person
from .policies import PolicyLine, due_pairs, policy_lines, scope
from .score_histories import score_histories
from .sides import NOTHING, Summary, fits, region_called, standings_of, summaries, summary
from .standings import COMPLETED, standing, standings
from .statistics import Statistics, statistics
from .trail import TrailFilter, trail, trail_of
from .weeks import WEEKS, Week, regressions, weekly
from .workers import Backlog, WorkerLine, backlog, live_workers, worker_counts, worker_lines

__all__ = [
    "COMPLETED",
    "NESTED_LIMIT",
    "NESTED_LIMIT_IN_LISTS",
    "NOTHING",
    "UNANSWERED",
    "WEEKS",
    "Backlog",
    "By",
    "Comparison",
    "Forecast",
    "Gate",
    "JobFilter",
    "JobLine",
    "JobView",
    "Matrix",
    "Page",
    "PolicyLine",
    "Progress",
    "Side",
    "Statistics",
    "Summary",
    "TrailFilter",
    "Week",
    "WorkerLine",
    "backlog",
    "certification",
    "changed_pairs",
    "compare",
    "dead_letter_counts",
    "dead_letters",
    "due_pairs",
    "fits",
    "forecast",
    "gates",
    "has_jobs",
    "has_verdict",
    "history",
    "is_below_threshold",
    "job",
    "job_lines",
    "job_view",
    "live_token",
    "live_tokens",
    "live_workers",
    "matrix",
    "newest_jobs",
    "open_circuits",
    "page_of",
    "pairs_of",
    "people",
    "person",
    "points_of",
    "policy_lines",
    "previous_records",
    "progress",
    "progress_of",
    "record",
    "records_of_model",
    "region_called",
    "regressions",
    "scope",
    "score_histories",
    "search_dead_letters",
    "search_pairs",
    "standing",
    "standings",
    "standings_of",
    "statistics",
    "summaries",
    "summary",
    "trail",
    "trail_of",
    "weekly",
    "with_previous",
    "worker_counts",
    "worker_lines",
]
