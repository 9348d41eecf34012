from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform
from django_filters import ChoiceFilter

from certification.states import StandingStatus
from models_registry import queries as registry
from models_registry.models import AIModel, Kind

from .row_filter import ListedChoicesFilter, ListedFilter, RouteKindFilter, RowFilter, TextFilter

Models = QuerySet[AIModel]


class CatalogueFilter(RowFilter):
    vendor = TextFilter(max_length=100, help_text="A vendor's name.")
    search = TextFilter(
        method="named_like", max_length=200, help_text="Part of a model's name or id."
    )

    def named_like(self, models: Models, _name: str, text: str) -> Models:
        return models.filter(registry.named_like(text))


class ModelFilter(CatalogueFilter):
    provider = TextFilter(max_length=50, help_text="A provider's id.")


class StaffModelFilter(CatalogueFilter):
    kind = ChoiceFilter(choices=Kind.choices, help_text="What the models make.")


class MatrixFilter(StaffModelFilter):
    """The models of the matrix; its `regions`, `status` and `routeKind` narrow the
    cells, which queries.matrix does."""

    capability = TextFilter(
        method="declaring", max_length=64, help_text="A capability that the models declare."
    )
    regions = ListedFilter(
        method="unchanged", max_length=2000, help_text="Codes, with commas between them."
    )
    status = ListedChoicesFilter(
        method="unchanged",
        choices=StandingStatus.choices,
        help_text="Only models that have it in some region.",
    )
    routeKind = RouteKindFilter(
        method="unchanged",
        help_text="Only models that were judged over such a route in some region; with `status`, "
        "in the same one.",
    )

    def declaring(self, models: Models, _name: str, capability: str) -> Models:
        return models.alias(declared=KeyTransform(capability, "capabilities")).filter(declared=True)


class ComparisonFilter(RowFilter):
    """Which models or regions are compared: names of rows, which queries.comparison finds."""

    models = ListedFilter(
        method="unchanged", max_length=2000, help_text="2 to 10 UUIDs or API ids, with commas."
    )
    regions = ListedFilter(
        method="unchanged",
        max_length=2000,
        help_text="2 to 10 codes, with commas; beside `models`, the regions to look at.",
    )
