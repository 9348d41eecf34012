from __future__ import annotations

from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from certification import exports, queries
from certification.api import request_parsing
from certification.api.permissions import MayRead
from certification.api.serializers import parameters
from certification.exports.download import download
from certification.queries.filters.standings import StandingFilter

FORMAT = OpenApiParameter(
    "format_name",
    str,
    OpenApiParameter.PATH,
    enum=list(exports.FORMATS),
    description="Of the file.",
)
# The spreadsheet first: generated clients take the first that is named for all of them.
FILES = {
    (200, found.content_type.partition(";")[0]): OpenApiResponse(
        OpenApiTypes.OBJECT if name == "json" else OpenApiTypes.BINARY
    )
    for name, found in sorted(exports.FORMATS.items(), reverse=True)
}


class JobExport(APIView):
    permission_classes = (MayRead,)

    @extend_schema(operation_id="exportJob", tags=["exports"], parameters=[FORMAT], responses=FILES)
    def get(self, request: Request, job_id: UUID, format_name: str) -> StreamingHttpResponse:
        """A job's certifications as a file."""
        exports.find(format_name)
        return download(request._request, format_name, exports.of_job(queries.jobs.get(job_id)))


class StandingsExport(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="exportCertifications",
        tags=["exports"],
        parameters=[FORMAT, parameters.CertificationsFilterSerializer],
        responses=FILES,
    )
    def get(self, request: Request, format_name: str) -> StreamingHttpResponse:
        """The present standings as a file."""
        exports.find(format_name)
        given = request_parsing.query(parameters.CertificationsFilterSerializer, request)
        rows = StandingFilter.narrow(queries.standings.with_models(), given)
        return download(request._request, format_name, exports.of_standings(rows))
