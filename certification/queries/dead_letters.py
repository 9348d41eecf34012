"""Pairs that were given up, and regions that are shut: what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from certification.errors import DeadLetterNotFound
from certification.models import DeadLetter
from certification.states import UNANSWERED_DEAD_LETTER, DeadLetterStatus
from models_registry import queries as registry

from .counting import counts

# What a search by status may ask for beside a status: all that wait for an answer.
UNANSWERED = "UNANSWERED"


def find(dead_letter_ids: Sequence[UUID]) -> list[DeadLetter]:
    """Letters by id, with their pairs. Raises DeadLetterNotFound, naming those that are not."""
    dead_letters = list(_with_pairs().filter(pk__in=dead_letter_ids))
    missing = {str(dead_letter) for dead_letter in dead_letter_ids} - {
        str(dead_letter.pk) for dead_letter in dead_letters
    }
    if missing:
        raise DeadLetterNotFound(
            _("Unknown dead letters: %(ids)s.") % {"ids": ", ".join(sorted(missing))},
            deadLetterIds=sorted(missing),
        )
    return dead_letters


def search(
    *,
    status: str = UNANSWERED,
    region: str = "",
    category: str = "",
    search: str = "",
    since: datetime | None = None,
) -> QuerySet[DeadLetter]:
    """Newest first, narrowed by what is given; `status` "" is every one."""
    dead_letters = _with_pairs()
    if status == UNANSWERED:
        dead_letters = dead_letters.filter(status__in=UNANSWERED_DEAD_LETTER)
    elif status:
        dead_letters = dead_letters.filter(status=status)
    if region:
        dead_letters = dead_letters.filter(certification__region=region)
    if category:
        dead_letters = dead_letters.filter(error_category=category)
    if search:
        dead_letters = dead_letters.filter(
            registry.named_like(search, "certification__model__")
            | Q(error_message__icontains=search)
        )
    if since:
        dead_letters = dead_letters.filter(last_failed_at__gte=since)
    return dead_letters


def counts_by_status() -> dict[str, int]:
    """Letters by status; a status that none has counts 0."""
    return counts(DeadLetter.objects.all(), of=DeadLetterStatus)


def _with_pairs() -> QuerySet[DeadLetter]:
    return DeadLetter.objects.select_related(
        "certification__model__provider",
        "certification__job",
        "certification__region",
        "requeued_in",
        "closed_by",
    )
