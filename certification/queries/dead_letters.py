"""Dead letters: pairs that were given up after their last allowed attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from certification.errors import DeadLetterNotFound
from certification.models import DeadLetter
from certification.states import DeadLetterStatus

from .counting import counts
from .filters.dead_letters import UNANSWERED as UNANSWERED
from .filters.dead_letters import StaffDeadLetterFilter


def find(dead_letter_ids: Sequence[UUID]) -> list[DeadLetter]:
    """Returns dead letters by id, with their pairs.

    Raises DeadLetterNotFound, which lists the unknown ids.
    """
    dead_letters = list(with_pairs().filter(pk__in=dead_letter_ids))
    missing = {str(dead_letter) for dead_letter in dead_letter_ids} - {
        str(dead_letter.pk) for dead_letter in dead_letters
    }
    if missing:
        raise not_found(*sorted(missing))
    return dead_letters


def not_found(*dead_letter_ids: str) -> DeadLetterNotFound:
    return DeadLetterNotFound(
        _("Unknown dead letters: %(ids)s.") % {"ids": ", ".join(dead_letter_ids)},
        deadLetterIds=list(dead_letter_ids),
    )


def search(wanted: Mapping[str, Any]) -> QuerySet[DeadLetter]:
    """Returns the dead letters that match the parameters of StaffDeadLetterFilter, newest first.

    Without a status those that are still to be resolved, with the status "" all.
    """
    return StaffDeadLetterFilter.narrow(with_pairs(), wanted)


def unanswered() -> QuerySet[DeadLetter]:
    """Returns the dead letters that are still to be resolved, newest first."""
    return search({})


def counts_by_status() -> dict[str, int]:
    """Returns the number of dead letters of each status, 0 included."""
    return counts(DeadLetter.objects.all(), including=DeadLetterStatus)


def with_pairs() -> QuerySet[DeadLetter]:
    """All dead letters, newest first, each with its pair and the pair's job, model and region."""
    return DeadLetter.objects.select_related(
        "certification__model__provider",
        "certification__job",
        "certification__region",
        "requeued_in",
        "closed_by",
    )
