"""The readers: whatever a page, an endpoint or a command shows comes from here.

Callers name the module, too: `queries.jobs.history(…)`.
"""

from . import (
    audit,
    circuit_breakers,
    comparison,
    counting,
    dead_letters,
    forecast,
    job_lines,
    jobs,
    lookup,
    matrix,
    model_specs,
    pages,
    people,
    schedules,
    score_histories,
    standings,
    statistics,
    summaries,
    totals,
    trends,
    workers,
)

__all__ = [
    "audit",
    "circuit_breakers",
    "comparison",
    "counting",
    "dead_letters",
    "forecast",
    "job_lines",
    "jobs",
    "lookup",
    "matrix",
    "model_specs",
    "pages",
    "people",
    "schedules",
    "score_histories",
    "standings",
    "statistics",
    "summaries",
    "totals",
    "trends",
    "workers",
]
