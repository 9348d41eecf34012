"""Reads AWS and stores the answer as an AwsLook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction

from ..models import AwsLook, Region
from . import plausibility, proposing, reading

# Older looks are deleted. The audit log keeps what was applied.
MAX_KEPT: Final = 10
# The least difference of two times in a database.
MOMENT: Final = timedelta(microseconds=1)


def look(regions: Sequence[str] = (), *, believe: bool = False) -> AwsLook:
    """Reads `regions`, or all active ones, stores the look and proposes unknown models.

    A region that lists much less than the registry has counts as not read, unless `believe`. Does
    not change models or offers. Reads AWS or the simulator, as settings.BEDROCK says.
    """
    names = list(regions) or list(
        Region.objects.filter(is_active=True).values_list("id", flat=True)
    )
    is_aws = settings.BEDROCK == "aws"
    endpoint_url = settings.BEDROCK_CONTROL_ENDPOINT if is_aws else settings.SIMULATOR_URL
    seen, unread = reading.read(dict.fromkeys(names), endpoint_url or None)
    if not believe:
        incomplete = plausibility.incomplete(seen)
        unread |= incomplete
        seen = {region: answer for region, answer in seen.items() if region not in incomplete}
    with transaction.atomic():
        before = last_look()
        created = AwsLook.objects.create(
            seen={
                region: {name: asdict(listed) for name, listed in answer.items()}
                for region, answer in seen.items()
            },
            unread=unread,
        )
        if before is not None:
            # Two looks at one moment would have no order, and only the newest can be applied.
            AwsLook.objects.filter(pk=created.pk, looked_at__lte=before.looked_at).update(
                looked_at=before.looked_at + MOMENT
            )
        proposing.propose(seen)
        kept = AwsLook.objects.order_by("-looked_at", "-pk").values_list("pk", flat=True)[:MAX_KEPT]
        AwsLook.objects.exclude(pk__in=list(kept)).delete()
    created.refresh_from_db()
    return created


def last_look() -> AwsLook | None:
    return AwsLook.objects.order_by("-looked_at", "-pk").first()
