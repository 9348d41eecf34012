"""What Prometheus reads: what this process has done (`counted`), and how things stand now by the
database (`present`). Each process keeps its own registry and is scraped by itself."""

from .counters import ended, http_answered, ran, reclaimed, retried
from .exposition import CONTENT_TYPE, text
from .gauges import from_database, reachable

__all__ = [
    "CONTENT_TYPE",
    "ended",
    "from_database",
    "http_answered",
    "ran",
    "reachable",
    "reclaimed",
    "retried",
    "text",
]
