"""Fields of several serializers, and the base of those that read bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers


class Moment(serializers.DateTimeField):
    """A time in UTC, whatever the time zone of the screens is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)


def in_utc(time: datetime | None) -> str | None:
    """Returns what Moment does."""
    return None if time is None else f"{time.astimezone(UTC).isoformat()[:-6]}Z"


class BodySerializer(serializers.Serializer[Any]):
    """The body of a request. `ignored` are fields that clients of the replaced system send."""

    ignored: ClassVar[Sequence[str]] = ()

    def get_fields(self) -> dict[str, Any]:
        unread = serializers.JSONField(
            required=False, allow_null=True, help_text="Not read: old clients send it."
        )
        return {**super().get_fields(), **{name: deepcopy(unread) for name in self.ignored}}

    def to_internal_value(self, data: Any) -> Any:
        """Rejects unknown fields: a misspelt limit would be ignored, and more certified than
        intended."""
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if name not in self.ignored}
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, Mapping) else ()
        if unknown:
            raise serializers.ValidationError(
                {name: serializers.ErrorDetail(_("Unknown field."), "unknown") for name in unknown}
            )
        return super().to_internal_value(data)


def names(most: int, *, required: bool = True) -> Any:
    """Returns a field for a list of names; a required list must not be empty."""
    return serializers.ListField(
        child=serializers.CharField(max_length=200),
        allow_empty=not required,
        max_length=most,
        required=required,
    )
