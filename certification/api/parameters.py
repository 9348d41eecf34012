"""What several operations say of themselves in the OpenAPI document."""

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
    description="A request that comes twice under the same key opens one job, for a day.",
)
FORMAT: Final = OpenApiParameter(
    "format_name",
    str,
    OpenApiParameter.PATH,
    enum=list(exports.FORMATS),
    description="Of the file.",
)
# The spreadsheet first: generated clients take the first that is named for all of them.
FILES: Final = {
    (200, found.content_type.partition(";")[0]): OpenApiResponse(
        OpenApiTypes.OBJECT if name == "json" else OpenApiTypes.BINARY
    )
    for name, found in sorted(exports.FORMATS.items(), reverse=True)
}
