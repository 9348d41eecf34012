"""How a model's scores went lately, region by region."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from certification.models import JobCertification
from models_registry.models import Region

SHOWN = ("region_id", "passed", "score", "suite_version", "simulated", "completed_at", "model_id")


def by_region(
    model_id: UUID, regions: Collection[str], newest: int
) -> dict[str, list[JobCertification]]:
    """The last `newest` scored records of each region, oldest first; a region without one is left
    out. Two queries, which read a region's newest records by an index and not its history."""
    if not regions:
        return {}
    scored = JobCertification.objects.filter(model=model_id, score__isnull=False)
    in_region = scored.filter(region=OuterRef("pk")).order_by("-completed_at")
    starts = Region.objects.filter(pk__in=regions).values_list(
        "pk", Subquery(in_region.values("completed_at")[newest - 1 : newest])
    )
    wanted = Q()
    for region, start in starts:
        # SQLite keeps milliseconds, as text, which is less than the same with microseconds: what
        # is too many because of the one more is taken away below.
        since = Q(completed_at__gte=start - timedelta(milliseconds=1)) if start else Q()
        wanted |= Q(region=region) & since
    histories: dict[str, list[JobCertification]] = {}
    for record in scored.filter(wanted).only(*SHOWN).order_by("region_id", "completed_at", "pk"):
        histories.setdefault(record.region_id, []).append(record)
    return {region: records[-newest:] for region, records in histories.items()}
