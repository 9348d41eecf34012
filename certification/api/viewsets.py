"""The base of the API's ViewSets: permissions, serializers, filters and pages by action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from certification.observability import log_context
from certification.queries.filters.row_filter import RowFilter

from .filtering import StrictFilterBackend
from .metadata import PathMetadata
from .pagination import PagePagination
from .permissions import MayRead


class ActionViewSet(GenericViewSet[Any]):
    """Requires the right to read, unless an action sets another right.

    An extra action sets its options in `@action`. `list`, `retrieve`, `create` and `destroy` share
    paths, and are set in the mappings by action.
    """

    permission_classes: Sequence[type[BasePermission]] = (MayRead,)
    permission_classes_by_action: ClassVar[Mapping[str, Sequence[type[BasePermission]]]] = {}
    serializer_class_by_action: ClassVar[Mapping[str, type[BaseSerializer[Any]]]] = {}
    filter_backends = (StrictFilterBackend,)
    filterset_class: type[RowFilter] | None = None
    pagination_class: type[PagePagination] | None = None
    metadata_class = PathMetadata
    throttle_scope: str | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # First, so that the log says whose request it was that is refused or breaks.
        self.perform_authentication(request)
        if request.user.is_authenticated:
            log_context.add(user=request.user.get_username())
        super().initial(request, *args, **kwargs)

    def get_permissions(self) -> Sequence[Any]:
        classes = self.permission_classes_by_action.get(self.action, self.permission_classes)
        return [permission() for permission in classes]

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        found = self.serializer_class_by_action.get(self.action)
        return found or super().get_serializer_class()

    def read_body(self) -> Any:
        """Returns the serializer of the action with the validated body. Raises ValidationError."""
        body = self.get_serializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        return body

    def respond_with_page(self, rows: QuerySet[Any]) -> Response:
        """Returns the requested page of the rows that match the filters. Raises ValidationError."""
        page = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def read_parameters(self, rows: QuerySet[Any]) -> dict[str, Any]:
        """Returns the validated values of the action's filters. Raises ValidationError."""
        filters = StrictFilterBackend().read(self.request, rows, self)
        assert filters is not None
        return dict(filters.form.cleaned_data)
