"""What readers see of a standing while its region's circuit is open: its pair waits, so the last
verdict goes on to hold, marked as stale."""

from __future__ import annotations

from typing import Any, Final, Protocol

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from certification.engine import Category
from certification.models import CircuitBreaker, ModelCertification
from certification.states import EXPIRED, OPEN_STANDING, StandingStatus

NO_VERDICT: Final = ("", StandingStatus.INCONCLUSIVE)


class StandingRow(Protocol):
    @property
    def status(self) -> str: ...
    @property
    def stale_reason(self) -> str: ...


def status_of(row: StandingRow) -> str:
    """Returns the status that is shown; the row's own if it was read without `as_shown`."""
    status: str = getattr(row, "shown_status", row.status)
    return status


def stale_reason_of(row: StandingRow) -> str:
    """Returns the reason that is shown; the row's own if it was read without `as_shown`."""
    reason: str = getattr(row, "shown_stale_reason", row.stale_reason)
    return reason


def as_shown(standings: QuerySet[ModelCertification]) -> QuerySet[Any]:
    """Annotates `shown_status` and `shown_stale_reason`.

    They differ from `status` and `stale_reason` where a job works on the pair, its region's circuit
    is not closed, and its last verdict has not expired.
    """
    is_open = CircuitBreaker.objects.filter(pk=OuterRef("region"), opened_at__isnull=False)
    holds = (
        Q(Exists(is_open), status__in=OPEN_STANDING)
        & ~Q(verdict__in=NO_VERDICT)
        & ~Q(stale_reason=EXPIRED)
    )
    return standings.annotate(
        shown_status=Case(When(holds, then=F("verdict")), default=F("status")),
        shown_stale_reason=Case(
            When(holds & Q(stale_reason=""), then=Value(Category.CIRCUIT_OPEN.value)),
            default=F("stale_reason"),
        ),
    )
