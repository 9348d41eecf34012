"""The base of the API's ViewSets: permissions, serializers, filters and pages by action."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from certification.observability import log_context
from certification.queries.filters.row_filter import RowFilter

from . import query_parameters
from .filtering import StrictFilterBackend, faults_of
from .metadata import PathMetadata
from .pagination import PagePagination
from .permissions import MayRead

UUID_FORMAT: Final = re.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@query_parameters.checks_itself
class ActionViewSet(GenericViewSet[Any]):
    """Requires the right to read, unless an action sets another right.

    An extra action sets its options in `@action`. `list`, `retrieve`, `create` and `destroy` share
    paths, and are set in the mappings by action. The filters and pages of the class are those of
    `list`.

    Before an action runs, its query parameters are checked, then the ids in its path. So a wrong
    parameter is a 400 also where the id is unknown.

    not_found: the error for a part of the path that is no UUID, by the name of the part
    """

    permission_classes: Sequence[type[BasePermission]] = (MayRead,)
    permission_classes_by_action: ClassVar[Mapping[str, Sequence[type[BasePermission]]]] = {}
    serializer_class_by_action: ClassVar[Mapping[str, type[BaseSerializer[Any]]]] = {}
    filterset_class_by_action: ClassVar[Mapping[str, type[RowFilter]]] = {}
    not_found: ClassVar[Mapping[str, Callable[[str], Exception]]] = {}
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
        if self.action in self._actions():
            self._check_parameters()
            # The action gets the same dictionary.
            for name in self.not_found:
                if name in self.kwargs:
                    self.kwargs[name] = self._uuid(name)

    def get_permissions(self) -> Sequence[Any]:
        classes = self.permission_classes_by_action.get(self.action, self.permission_classes)
        return [permission() for permission in classes]

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        found = self.serializer_class_by_action.get(self.action)
        return found or super().get_serializer_class()

    @property
    def filters_of_action(self) -> type[RowFilter] | None:
        """Returns the filters whose parameters the action takes."""
        return self.filterset_class_by_action.get(self.action) or self._of_action("filterset_class")

    @property
    def pages_of_action(self) -> type[PagePagination] | None:
        pages: type[PagePagination] | None = self._of_action("pagination_class")
        return pages

    def _of_action(self, option: str) -> Any:
        if self.action == "list":
            return getattr(self, option)
        return getattr(getattr(self, self.action, None), "kwargs", {}).get(option)

    def _actions(self) -> Collection[str]:
        """The actions at this path; for other methods, `action` is None or `metadata`."""
        return getattr(self, "action_map", {}).values()

    def _check_parameters(self) -> None:
        """Raises ValidationError with the errors of all parameters."""
        filters, pages = self.filters_of_action, self.pages_of_action
        known = [*(filters.base_filters if filters else ()), *(pages.parameters if pages else ())]
        faults: dict[str, Any] = pages.faults(self.request) if pages else {}
        if filters:
            faults |= faults_of(filters, self.request)
        repeatable = filters.repeatable() if filters else ()
        faults |= query_parameters.faults(self.request.query_params, known, repeatable)
        if faults:
            raise ValidationError(faults)

    def _uuid(self, name: str) -> UUID:
        """Raises the error for a part of the path that is no UUID."""
        given = str(self.kwargs[name])
        if not UUID_FORMAT.fullmatch(given):
            raise self.not_found[name](given)
        return UUID(given)

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
        """Returns the values of the action's filters."""
        filters = StrictFilterBackend().get_filterset(self.request, rows, self)
        assert filters.form.is_valid()
        return dict(filters.form.cleaned_data)
