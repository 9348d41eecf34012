"""The OpenAPI document, and the list of operations."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import Any

from django.http import HttpResponse
from django.utils.translation import get_language, override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from certification.api.serializers.operations import IndexSerializer
from certification.api.viewsets import ActionViewSet

KEPT_SECONDS = 300
# Generating it patches classes of the framework for a while: two at once break each other.
_one_at_a_time = Lock()


class SchemaView(SpectacularAPIView):
    """Returns the OpenAPI document to anyone: it describes the API and contains no data."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request, *_args: Any, **_named: Any) -> HttpResponse:
        renderer: BaseRenderer = request.accepted_renderer
        with _one_at_a_time:
            body = _document(get_language() or "en", renderer.media_type)
        charset = f"; charset={renderer.charset}" if renderer.charset else ""
        return HttpResponse(
            body,
            content_type=f"{renderer.media_type}{charset}",
            headers={
                "Cache-Control": f"public, max-age={KEPT_SECONDS}",
                "Content-Disposition": f'inline; filename="homologa.{renderer.format}"',
            },
        )


@lru_cache
def _document(language: str, media_type: str) -> str | bytes:
    """Takes about a second, so it is made once in each language."""
    with override(language):
        found = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        renderers = {each.media_type: each for each in SchemaView.renderer_classes}
        return renderers[media_type]().render(found, renderer_context={})


@extend_schema(tags=["registry"])
class IndexViewSet(ActionViewSet):
    """Open to anyone, like the OpenAPI document that it is an extract of."""

    permission_classes = (AllowAny,)
    serializer_class = IndexSerializer

    @extend_schema(
        operation_id="listOperations",
        responses=forced_singular_serializer(IndexSerializer),  # type: ignore[no-untyped-call]
        auth=[],
    )
    def list(self, request: Request) -> Response:
        """Returns the operations of the API, and where they are described."""
        index = {"documentation": "/api/docs", "schema": "/api/schema", "operations": _operations()}
        return Response(self.get_serializer(index).data)


@lru_cache(maxsize=1)
def _operations() -> list[dict[str, Any]]:
    with _one_at_a_time, override("en"):
        document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return [
        {
            "name": operation["operationId"],
            "method": method.upper(),
            "path": path,
            "description": operation["description"].split("\n\n")[0].replace("\n", " "),
        }
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
