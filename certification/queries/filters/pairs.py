from __future__ import annotations

from django.db.models import QuerySet

from certification.models import JobCertification
from certification.states import PairStatus
from models_registry import queries as registry

from .row_filter import (
    ListedChoicesFilter,
    RouteKindFilter,
    RowFilter,
    StableOrdering,
    StrictBooleanFilter,
    TextFilter,
)

Pairs = QuerySet[JobCertification]


class PairFilter(RowFilter):
    """The pairs of one job."""

    search = TextFilter(
        method="of_model", max_length=200, help_text="Part of a model's name or id."
    )
    region = TextFilter(max_length=32, help_text="A region's code.")
    status = ListedChoicesFilter(choices=PairStatus.choices, help_text="Of the pair.")
    passed = StrictBooleanFilter(help_text="Whether the model passed.")
    routeKind = RouteKindFilter()
    ordering = StableOrdering(
        fields={"score": "score", "duration_ms": "duration", "completed_at": "completedAt"},
        choices=[
            ("-score", "best first"),
            ("score", "worst first"),
            ("-duration", "longest first"),
            ("duration", "shortest first"),
            ("-completedAt", "last completed first"),
            ("completedAt", "first completed first"),
        ],
        help_text="By vendor, model and region if left out; pairs without a value come last.",
    )

    def of_model(self, pairs: Pairs, _name: str, text: str) -> Pairs:
        return pairs.filter(registry.named_like(text, "model__"))


class ModelHistoryFilter(RowFilter):
    """The ended pairs of one model, in all jobs."""

    region = TextFilter(max_length=32, help_text="A region's code.")
    passed = StrictBooleanFilter(help_text="Whether the model passed.")
    routeKind = RouteKindFilter()
    ordering = StableOrdering(
        fields={"completed_at": "completedAt", "score": "score"},
        choices=[
            ("-completedAt", "newest first (default)"),
            ("completedAt", "oldest first"),
            ("-score", "best first"),
            ("score", "worst first"),
        ],
        help_text="Certifications without a value come last.",
    )
