"""Dead letters: pairs that were given up after their last allowed attempt."""

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

# Accepted by search() as a status: OPEN or REQUEUED, so still to be resolved.
UNANSWERED = "UNANSWERED"


def find(dead_letter_ids: Sequence[UUID]) -> list[DeadLetter]:
    """Returns dead letters by id, with their pairs.

    Raises DeadLetterNotFound, which lists the unknown ids.
    """
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
    """Returns the dead letters that meet every condition, newest first.

    status: a DeadLetterStatus, UNANSWERED, or "" for all
    search: part of the model's name, of its API id, or of the error message
    since:  earliest last failure, inclusive
    """
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
    """Returns the number of dead letters of each status, 0 included."""
    return counts(DeadLetter.objects.all(), including=DeadLetterStatus)


def _with_pairs() -> QuerySet[DeadLetter]:
    return DeadLetter.objects.select_related(
        "certification__model__provider",
        "certification__job",
        "certification__region",
        "requeued_in",
        "closed_by",
    )
