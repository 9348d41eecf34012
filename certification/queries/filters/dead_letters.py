from __future__ import annotations

from typing import ClassVar, Final

from django.db.models import Q, QuerySet
from django_filters import ChoiceFilter, DateTimeFilter

from certification.engine import Category
from certification.models import DeadLetter
from certification.states import UNANSWERED_DEAD_LETTER, DeadLetterStatus
from models_registry import queries as registry

from .row_filter import ListedChoicesFilter, RowFilter, StableOrdering, TextFilter

# Stands for every status that waits for an answer.
UNANSWERED: Final = "UNANSWERED"

DeadLetters = QuerySet[DeadLetter]


class DeadLetterFilter(RowFilter):
    defaults: ClassVar = {"status": UNANSWERED}

    status = ListedChoicesFilter(
        method="with_status",
        choices=[(UNANSWERED, "open or requeued"), *DeadLetterStatus.choices],
        help_text="Of the dead letter.",
    )
    region = TextFilter(
        field_name="certification__region", max_length=32, help_text="A region's code."
    )
    category = ChoiceFilter(
        field_name="error_category",
        choices=[(category.value, category.value) for category in Category],
        help_text="Of the error that the pair was given up for.",
    )
    search = TextFilter(
        method="naming",
        max_length=200,
        help_text="Part of a model's name or id, or of the error.",
    )
    ordering = StableOrdering(
        fields={"last_failed_at": "lastFailedAt", "first_failed_at": "firstFailedAt"},
        choices=[
            ("-lastFailedAt", "last failed first (default)"),
            ("lastFailedAt", "last failed last"),
            ("-firstFailedAt", "first failed last"),
            ("firstFailedAt", "first failed first"),
        ],
        help_text="By the pair's last or first failure.",
    )

    def with_status(
        self, dead_letters: DeadLetters, _name: str, statuses: list[str]
    ) -> DeadLetters:
        wanted = {*statuses, *(UNANSWERED_DEAD_LETTER if UNANSWERED in statuses else ())}
        return dead_letters.filter(status__in=wanted)

    def naming(self, dead_letters: DeadLetters, _name: str, text: str) -> DeadLetters:
        return dead_letters.filter(
            registry.named_like(text, "certification__model__") | Q(error_message__icontains=text)
        )


class StaffDeadLetterFilter(DeadLetterFilter):
    """By the moment of the last failure, too."""

    # Rows may have a category that a later version no longer knows.
    category = TextFilter(field_name="error_category")
    since = DateTimeFilter(field_name="last_failed_at", lookup_expr="gte")
