"""The filters and the FilterSet that all others are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import F, Model, QuerySet
from django.forms.utils import ErrorDict

from certification.states import RouteKind

Row = TypeVar("Row", bound=Model)


class TextField(forms.CharField):
    """Rejects text that is only spaces: it would match every row."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if value and not text:
            raise ValidationError("This field may not be blank.", code="blank")
        return text


class ListedField(TextField):
    """Reads texts with commas between them; empty parts are left out."""

    def clean(self, value: Any) -> list[str]:
        return [part.strip() for part in super().clean(value).split(",") if part.strip()]


class ListedChoicesField(forms.ChoiceField):
    """Reads choices with commas between them; an empty part is none."""

    def to_python(self, value: Any) -> list[str]:
        return [part.strip() for part in value.split(",")] if value else []

    def validate(self, value: Any) -> None:
        for part in value:
            if not self.valid_value(part):
                params = {"value": part}
                raise ValidationError("Not a choice.", code="invalid_choice", params=params)


class StrictBooleanField(forms.Field):
    """Takes `true` or `false` and nothing else: another word would match every row."""

    def to_python(self, value: Any) -> bool | None:
        if not value:
            return None
        if value not in ("true", "false"):
            params = {"value": value}
            raise ValidationError("Not a choice.", code="invalid_choice", params=params)
        return bool(value == "true")


class TextFilter(django_filters.CharFilter):  # type: ignore[misc]
    field_class = TextField


class ListedFilter(django_filters.CharFilter):  # type: ignore[misc]
    field_class = ListedField


class StrictBooleanFilter(django_filters.BooleanFilter):  # type: ignore[misc]
    field_class = StrictBooleanField


class ListedChoicesFilter(django_filters.ChoiceFilter):  # type: ignore[misc]
    """Matches rows that have one of the given values."""

    field_class = ListedChoicesField

    def __init__(self, *, help_text: str, **options: Any) -> None:
        several = f"{help_text} Several with commas between them, or the parameter repeated."
        super().__init__(lookup_expr="in", help_text=several, **options)


class LimitFilter(django_filters.NumberFilter):  # type: ignore[misc]
    """A whole number, from 0, that narrows something else than the rows."""

    field_class = forms.IntegerField

    def __init__(self, max_value: int, **options: Any) -> None:
        super().__init__(method="unchanged", min_value=0, max_value=max_value, **options)


class RouteKindFilter(django_filters.ChoiceFilter):  # type: ignore[misc]
    """The kind of the route that was judged."""

    def __init__(self, **options: Any) -> None:
        text = "Of the route that was judged."
        given = {"field_name": "route_kind", "choices": RouteKind.choices, "help_text": text}
        super().__init__(**{**given, **options})


class StableOrdering(django_filters.OrderingFilter):  # type: ignore[misc]
    """Orders by fields, rows without a value last, and equal rows by their primary key."""

    def filter(self, rows: QuerySet[Row], value: list[str] | None) -> QuerySet[Row]:
        wanted = [self.get_ordering_value(name) for name in value or () if name]
        if not wanted:
            return rows
        order = [
            F(name[1:]).desc(nulls_last=True)
            if name.startswith("-")
            else F(name).asc(nulls_last=True)
            for name in wanted
        ]
        return rows.order_by(*order, "pk")


class RowFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Narrows rows by named parameters; one that is empty or left out matches every row.

    defaults: parameter -> its value when it is left out; an empty value is kept
    """

    defaults: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        queryset: QuerySet[Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__({**self.defaults, **(data or {})}, queryset, **options)

    @classmethod
    def narrow(cls, rows: QuerySet[Row], wanted: Mapping[str, Any]) -> QuerySet[Row]:
        """Returns the rows that match all that is wanted; none for a value that does not exist.

        Raises TypeError for a name that is no parameter.
        """
        if unknown := wanted.keys() - cls.base_filters.keys():
            raise TypeError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
        filters = cls(wanted, rows)
        return filters.qs if filters.is_valid() else rows.none()

    @classmethod
    def errors_in(cls, given: Mapping[str, Any]) -> ErrorDict:
        """Returns the errors of the parameters that are given, without reading a row."""
        form: forms.Form = cls(given, get_user_model().objects.none()).form
        return form.errors

    @classmethod
    def repeatable(cls) -> set[str]:
        """Returns the parameters that take several values."""
        filters = cls.base_filters.items()
        return {name for name, one in filters if isinstance(one, ListedChoicesFilter)}

    def unchanged(self, rows: QuerySet[Row], _name: str, _value: object) -> QuerySet[Row]:
        """The method of a parameter that narrows something else than these rows."""
        return rows
