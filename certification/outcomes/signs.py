"""The sign of each result, shown beside its colour, since colour alone does not tell everybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from certification.states import PairStatus, RouteKind, StandingStatus

# static/homologa/style.css has the same ones; a test compares them.
SIGNS: Final[Mapping[str, str]] = {
    PairStatus.PASSED: "✓",
    StandingStatus.CERTIFIED: "✓",
    StandingStatus.QUALITY_WARNING: "!",
    StandingStatus.FAILED: "✗",
    StandingStatus.BLOCKED: "■",
    StandingStatus.INCONCLUSIVE: "?",
    StandingStatus.UNSUPPORTED: "–",
    StandingStatus.CANCELLED: "⊘",
    StandingStatus.PROCESSING: "▸",
    StandingStatus.QUEUED: "…",
    StandingStatus.PENDING: "…",
}
STALE_SIGN: Final = "†"
# Beside a pass over such a route; one in the region has none.
ROUTE_SIGNS: Final[Mapping[str, str]] = {RouteKind.GEO: "⊙", RouteKind.GLOBAL: "⊕"}
