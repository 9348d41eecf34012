"""Narrows lists by their query parameters."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError as FormError
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.serializers import CharField, ChoiceField, IntegerField

from certification.queries.filters.row_filter import RowFilter

from .request_parsing import query_params

# By code of a form error: REST framework's text, so that bodies and parameters get the same.
TEXTS: Final = {
    "blank": CharField.default_error_messages["blank"],
    "invalid_choice": ChoiceField.default_error_messages["invalid_choice"],
    "invalid": IntegerField.default_error_messages["invalid"],
    "min_value": IntegerField.default_error_messages["min_value"],
    "max_value": IntegerField.default_error_messages["max_value"],
    "max_length": CharField.default_error_messages["max_length"],
}


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Narrows rows by the filters of an action, whose values the ViewSet has checked."""

    def get_filterset_class(self, view: Any, queryset: Any = None) -> type[RowFilter] | None:
        found: type[RowFilter] | None = view.filters_of_action
        return found

    def get_filterset_kwargs(
        self, request: Request, queryset: QuerySet[Any], view: GenericAPIView[Any]
    ) -> dict[str, Any]:
        return {"data": query_params(request), "queryset": queryset, "request": request}


def faults_of(filters: type[RowFilter], request: Request) -> dict[str, list[ErrorDetail]]:
    """Returns the errors of the parameters that the filters know, by name."""
    errors = filters.errors_in(query_params(request)).as_data()
    return {name: [_detail(error) for error in found] for name, found in errors.items()}


def _detail(error: FormError) -> ErrorDetail:
    code = error.code or "invalid"
    params = error.params or {}
    text = str(TEXTS[code])
    return ErrorDetail(
        text.format(
            input=params.get("value"),
            **dict.fromkeys(("max_length", "min_value", "max_value"), params.get("limit_value")),
        ),
        code,
    )
