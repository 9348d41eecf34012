"""The last scores of a model in each region."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from certification.models import JobCertification
from models_registry.models import Region

FIELDS = ("region_id", "passed", "score", "suite_version", "simulated", "completed_at", "model_id")


def by_region(
    model_id: UUID, regions: Collection[str], newest: int
) -> dict[str, list[JobCertification]]:
    """Returns the last `newest` scored records of each region, oldest first.

    A region without any is not in the result. Two queries, which read the newest records by an
    index, not the whole history.
    """
    if not regions:
        return {}
    scored = JobCertification.objects.filter(model=model_id, score__isnull=False)
    in_region = scored.filter(region=OuterRef("pk")).order_by("-completed_at")
    starts = Region.objects.filter(pk__in=regions).values_list(
        "pk", Subquery(in_region.values("completed_at")[newest - 1 : newest])
    )
    in_range = Q()
    for region, start in starts:
        since = Q(completed_at__gte=start) if start else Q()
        in_range |= Q(region=region) & since
    histories: dict[str, list[JobCertification]] = {}
    for record in scored.filter(in_range).only(*FIELDS).order_by("region_id", "completed_at", "pk"):
        histories.setdefault(record.region_id, []).append(record)
    return {region: records[-newest:] for region, records in histories.items()}
