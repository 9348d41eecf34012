"""Metrics for Prometheus: events that this process has counted (`counters`), and the present state
of the database (`gauges`).

Each process has its own registry, and is scraped separately.
"""

from .counters import (
    record_http_request,
    record_reclaimed,
    record_retry,
    record_run,
    record_verdict,
)
from .exposition import CONTENT_TYPE, render
from .gauges import dependencies_up, from_database

__all__ = [
    "CONTENT_TYPE",
    "dependencies_up",
    "from_database",
    "record_http_request",
    "record_reclaimed",
    "record_retry",
    "record_run",
    "record_verdict",
    "render",
]
