"""Asks AWS and keeps the answer, until someone applies it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from django.conf import settings
from django.db import transaction

from ..models import AwsLook, Region
from . import proposing, reading

# Of older ones the audit log still says what was applied.
KEPT: Final = 10


def look(regions: Sequence[str] = ()) -> AwsLook:
    """Reads the regions that are given, else all active ones, and proposes what is unknown.

    Nothing that the registry says changes. Whom it asks is the deployment's choice, as for
    certifying.
    """
    names = list(regions) or list(
        Region.objects.filter(is_active=True).values_list("id", flat=True)
    )
    endpoint_url = None if settings.BEDROCK == "aws" else settings.SIMULATOR_URL
    seen, unread = reading.read(dict.fromkeys(names), endpoint_url)
    with transaction.atomic():
        made = AwsLook.objects.create(
            seen={
                region: {name: asdict(listed) for name, listed in answer.items()}
                for region, answer in seen.items()
            },
            unread=unread,
        )
        proposing.propose(seen)
        kept = AwsLook.objects.order_by("-looked_at", "-pk").values_list("pk", flat=True)[:KEPT]
        AwsLook.objects.exclude(pk__in=list(kept)).delete()
    made.refresh_from_db()
    return made


def last_look() -> AwsLook | None:
    return AwsLook.objects.order_by("-looked_at", "-pk").first()
