"""Which query parameters the tables of Django's admin accept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import BadRequest, SuspiciousOperation, ValidationError
from django.db import DataError
from django.db.models import DateField, Model, QuerySet
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    # Only the stubs know it as generic.
    ModelAdmin = admin.ModelAdmin

# Each word is a condition on every search field, and SQLite refuses a thousand of them.
MOST_SEARCHED: Final = 200


class Narrowed(ModelAdmin):
    """A table that can be narrowed only by its filters, its dates and its search.

    Django accepts any lookup on any column of the table, such as `?password__regex=`: whoever may
    see the list could find out columns that it does not show, or keep the database busy.
    """

    # Counts the rows of every choice of every filter, if the address asks for it.
    show_facets = admin.ShowFacets.NEVER

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in set(_offered(self, request))

    def get_changelist(self, request: HttpRequest, **_: Any) -> type[ChangeList]:
        return Rows

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        key = self.model._meta.pk
        for ticked in request.POST.getlist(ACTION_CHECKBOX_NAME):
            try:
                key.clean(ticked, None)
            except ValidationError as error:
                raise BadRequest(f"{ACTION_CHECKBOX_NAME}: {ticked!r} is no key") from error
        return super().changelist_view(request, extra_context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if len(search_term) > MOST_SEARCHED:
            raise SuspiciousOperation(f"{SEARCH_VAR} has more than {MOST_SEARCHED} characters")
        return super().get_search_results(request, queryset, search_term)


class Rows(ChangeList):
    """Django catches a bad value where it builds the query. These turn up when it computes the
    bounds of a date, or when the database gets the value."""

    def get_filters(self, request: HttpRequest) -> Any:
        try:
            return super().get_filters(request)
        except (OverflowError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except (OverflowError, ValueError, DataError) as error:
            raise IncorrectLookupParameters(error) from error


def _offered(table: ModelAdmin, request: HttpRequest | None) -> Iterator[str]:
    """Yields the query parameters that the filters of a table write into addresses."""
    for given in table.get_list_filter(request) if request else table.list_filter:
        if isinstance(given, str):
            yield from _of_field(table.model, given)
        elif isinstance(given, type) and issubclass(given, admin.SimpleListFilter):
            yield str(given.parameter_name)
    if table.date_hierarchy:
        yield from (f"{table.date_hierarchy}__{unit}" for unit in ("year", "month", "day"))


def _of_field(model: type[Model], path: str) -> Iterator[str]:
    field: Any = get_fields_from_path(model, path)[-1]
    yield f"{path}__isnull"
    if field.is_relation:
        yield f"{path}__{field.target_field.name}__exact"
    elif isinstance(field, DateField):
        yield from (f"{path}__gte", f"{path}__lt")
    else:
        # The last is what Django's filter by all values of a column writes.
        yield from (f"{path}__exact", path)
