from __future__ import annotations

from typing import Final

from django.db.models import QuerySet

from certification.models import ModelCertification
from certification.queries.lookup import model_named
from certification.queries.shown_standings import as_shown
from certification.states import StandingStatus

from .row_filter import (
    ListedChoicesFilter,
    RouteKindFilter,
    RowFilter,
    StableOrdering,
    StrictBooleanFilter,
    TextFilter,
)

# What clients of the replaced system filter by, and the statuses that it stands for.
COMPLETED: Final = "COMPLETED"
COMPLETED_STATUSES: Final = (StandingStatus.CERTIFIED, StandingStatus.QUALITY_WARNING)

Standings = QuerySet[ModelCertification]


class ModelStandingFilter(RowFilter):
    """The standings of one model."""

    region = TextFilter(max_length=32, help_text="A region's code.")
    status = ListedChoicesFilter(
        method="with_status",
        choices=[*StandingStatus.choices, (COMPLETED, "certified or quality warning")],
        help_text="Of the standing, which follows a running job.",
    )
    passed = StrictBooleanFilter(help_text="Whether the last verdict is a pass.")
    routeKind = RouteKindFilter()
    ordering = StableOrdering(
        fields={
            "score": "score",
            "completed_at": "completedAt",
            "created_at": "createdAt",
            "updated_at": "updatedAt",
        },
        choices=[
            ("-score", "best first"),
            ("score", "worst first"),
            ("-completedAt", "newest verdict first"),
            ("completedAt", "oldest verdict first"),
            ("-createdAt", "first certified last"),
            ("createdAt", "first certified first"),
            ("-updatedAt", "last changed first"),
            ("updatedAt", "first changed first"),
        ],
        help_text="By vendor, model and region if left out; standings without a value come last.",
    )

    def with_status(self, standings: Standings, _name: str, statuses: list[str]) -> Standings:
        wanted = {*statuses, *(COMPLETED_STATUSES if COMPLETED in statuses else ())}
        return as_shown(standings).filter(shown_status__in=wanted)


class StandingFilter(ModelStandingFilter):
    modelId = TextFilter(method="of_model", max_length=200, help_text="UUID or API id.")

    def of_model(self, standings: Standings, _name: str, identifier: str) -> Standings:
        """Raises UnknownModels."""
        return standings.filter(model=model_named(identifier))
