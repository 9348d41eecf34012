"""OpenAPI parameters and responses of several operations."""

from __future__ import annotations

from typing import Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from certification import exports

from .request_parsing import KEY_HEADER

KEY: Final = OpenApiParameter(
    KEY_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Repeating a request with the same key within a day opens no second job.",
)
FORMAT: Final = OpenApiParameter(
    "format_name",
    str,
    OpenApiParameter.PATH,
    enum=list(exports.FORMATS),
    description="Format of the file.",
)
# The spreadsheet comes first: generated clients treat all files as the first media type.
FILES: Final = {
    (200, found.content_type.partition(";")[0]): OpenApiResponse(
        OpenApiTypes.OBJECT if name == "json" else OpenApiTypes.BINARY
    )
    for name, found in sorted(exports.FORMATS.items(), reverse=True)
}
