"""Pages of lists: the parameters `page` and `limit`, and the shape of the answer."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from certification.queries.pages import Page, page_of

from .request_parsing import query_params

MOST_PAGES: Final = 1_000_000
MOST_ITEMS: Final = 100
USUAL_ITEMS: Final = 20

COUNT: Final = {"type": "integer"}
# The OpenAPI component of an answer's `pagination`.
COMPONENT: Final = {
    "type": "object",
    "properties": {"page": COUNT, "pageSize": COUNT, "total": COUNT, "totalPages": COUNT},
    "required": ["page", "pageSize", "total", "totalPages"],
}


class PageSerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField(min_value=1, max_value=MOST_PAGES, default=1)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ITEMS, default=USUAL_ITEMS)


class PagePagination(BasePagination):
    """Numbers pages from 1; a page after the last is empty. Two queries.

    items_name: the field of the answer that contains the items
    """

    items_name: ClassVar[str]
    parameters: ClassVar = ("page", "limit")
    page: Page[Any]

    @staticmethod
    def faults(request: Request) -> dict[str, Any]:
        """Returns the errors of `page` and `limit`, by parameter."""
        given = PageSerializer(data=query_params(request))
        return {} if given.is_valid() else dict(given.errors)

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        given = PageSerializer(data=query_params(request))
        given.is_valid(raise_exception=True)
        self.page = page_of(queryset, given.validated_data["page"], given.validated_data["limit"])
        return self.page.items

    def get_paginated_response(self, data: Any) -> Response:
        page = self.page
        numbers = {
            "page": page.number,
            "pageSize": page.size,
            "total": page.total,
            "totalPages": page.pages,
        }
        return Response({self.items_name: data, "pagination": numbers})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        pagination = {"$ref": "#/components/schemas/Pagination"}
        return {
            "type": "object",
            "properties": {self.items_name: schema, "pagination": pagination},
            "required": [self.items_name, "pagination"],
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        page = {**COUNT, "maximum": MOST_PAGES, "minimum": 1, "default": 1}
        limit = {**COUNT, "maximum": MOST_ITEMS, "minimum": 1, "default": USUAL_ITEMS}
        return [
            {
                "in": "query",
                "name": "page",
                "description": "Page, from 1.",
                "schema": page,
            },
            {"in": "query", "name": "limit", "description": "Items per page.", "schema": limit},
        ]


class JobPagination(PagePagination):
    items_name = "jobs"


class CertificationPagination(PagePagination):
    items_name = "certifications"


class DeadLetterPagination(PagePagination):
    items_name = "deadLetters"
