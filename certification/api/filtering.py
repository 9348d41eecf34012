"""Reads the query parameters of lists; an invalid one is an error."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError as FormError
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.serializers import CharField, ChoiceField

from certification.queries.filters.row_filter import RowFilter

from .pagination import PagePagination
from .request_parsing import query_params

# By code of a form error: REST framework's text, so that bodies and parameters get the same.
TEXTS: Final = {
    "blank": CharField.default_error_messages["blank"],
    "invalid_choice": ChoiceField.default_error_messages["invalid_choice"],
    "max_length": CharField.default_error_messages["max_length"],
}


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Raises ValidationError with the errors of all parameters, including `page` and `limit`."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: GenericAPIView[Any]
    ) -> QuerySet[Any]:
        filters = self.read(request, queryset, view)
        return queryset if filters is None else filters.qs

    def read(
        self, request: Request, queryset: QuerySet[Any], view: GenericAPIView[Any]
    ) -> RowFilter | None:
        """Returns the view's filters with the request's values; None if the view has none."""
        filters: RowFilter | None = self.get_filterset(request, queryset, view)
        paginator = view.paginator
        faults = paginator.faults(request) if isinstance(paginator, PagePagination) else {}
        if filters is not None:
            for name, errors in filters.errors.as_data().items():
                faults[name] = [_detail(error) for error in errors]
        if faults:
            raise ValidationError(faults)
        return filters

    def get_filterset_kwargs(
        self, request: Request, queryset: QuerySet[Any], view: GenericAPIView[Any]
    ) -> dict[str, Any]:
        return {"data": query_params(request), "queryset": queryset, "request": request}


def _detail(error: FormError) -> ErrorDetail:
    code = error.code or "invalid"
    params = error.params or {}
    text = str(TEXTS[code])
    return ErrorDetail(
        text.format(input=params.get("value"), max_length=params.get("limit_value")), code
    )
