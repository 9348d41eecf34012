"""Jobs: listed, read with their certifications, cancelled, paused, resumed and retried."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from certification import exports, queries
from certification.api import job_answers, parameters, request_parsing
from certification.api.negotiation import FixedType
from certification.api.pagination import CertificationPagination, JobPagination
from certification.api.permissions import MayCertify
from certification.api.serializers.certifications import (
    JobCertificationItemSerializer,
    RecordSerializer,
)
from certification.api.serializers.jobs import (
    JobSerializer,
    OpenedJobSerializer,
    RetryFailedSerializer,
)
from certification.api.viewsets import ActionViewSet
from certification.exports.download import download
from certification.jobs import lifecycle, reopening
from certification.models import CertificationJob
from certification.queries.filters.jobs import JobDetailFilter, JobListFilter
from certification.queries.filters.pairs import PairFilter


@extend_schema(tags=["jobs"])
class JobViewSet(ActionViewSet):
    lookup_url_kwarg = "job_id"
    lookup_value_regex = "[^/]+"
    not_found: ClassVar = {
        "job_id": queries.jobs.not_found,
        "certification_id": queries.pairs.not_found,
    }
    serializer_class = JobSerializer
    filterset_class = JobListFilter
    filterset_class_by_action: ClassVar = {"retrieve": JobDetailFilter}
    pagination_class = JobPagination
    permission_classes_by_action: ClassVar = {"destroy": (MayCertify,)}

    def get_queryset(self) -> QuerySet[CertificationJob]:
        return queries.jobs.all_jobs()

    @extend_schema(operation_id="listJobs")
    def list(self, request: Request) -> Response:
        """Returns jobs, newest first, each with its newest certifications, 100 at most.

        `certificationsTotal` says how many there are.
        """
        limit = self.read_parameters(self.get_queryset())["certificationsLimit"]
        jobs = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        views = queries.jobs.views_of(
            jobs or (), queries.jobs.NESTED_LIMIT if limit is None else limit
        )
        return self.get_paginated_response(self.get_serializer(views, many=True).data)

    @extend_schema(
        operation_id="getJob",
        filters=True,
        responses={
            200: JobSerializer,
            304: OpenApiResponse(description="Not changed since the ETag in If-None-Match."),
        },
    )
    def retrieve(self, request: Request, job_id: UUID) -> HttpResponseBase:
        """Returns a job with its counts and all its certifications, by status and creation.

        A job that has ended has an ETag over all that is shown.
        """
        limit = self.read_parameters(self.get_queryset())["certificationsLimit"]
        return job_answers.respond(request, job_id, limit)

    @extend_schema(operation_id="cancelJob", responses={200: JobSerializer})
    def destroy(self, request: Request, job_id: UUID) -> HttpResponseBase:
        """Cancels a job: waiting pairs end at once, running ones after their current check."""
        lifecycle.cancel(job_id, request_parsing.actor(request))
        return job_answers.respond(request, job_id)

    @extend_schema(operation_id="pauseJob", request=None)
    @action(detail=True, methods=["post"], permission_classes=(MayCertify,))
    def pause(self, request: Request, job_id: UUID) -> HttpResponseBase:
        """Pauses a job: no more pairs are started, those that run are completed."""
        lifecycle.pause(job_id, request_parsing.actor(request))
        return job_answers.respond(request, job_id)

    @extend_schema(operation_id="resumeJob", request=None)
    @action(detail=True, methods=["post"], permission_classes=(MayCertify,))
    def resume(self, request: Request, job_id: UUID) -> HttpResponseBase:
        """Resumes a paused job."""
        lifecycle.resume(job_id, request_parsing.actor(request))
        return job_answers.respond(request, job_id)

    @extend_schema(
        operation_id="retryFailed",
        parameters=[parameters.KEY],
        responses={201: OpenedJobSerializer},
    )
    @action(
        detail=True,
        methods=["post"],
        url_path="retry-failed",
        permission_classes=(MayCertify,),
        serializer_class=RetryFailedSerializer,
    )
    def retry_failed(self, request: Request, job_id: UUID) -> Response:
        """Certifies the failed, blocked and inconclusive pairs of a job again, in a new job."""
        chosen = self.read_body().validated_data["certificationIds"]
        opened = reopening.retry_failed(job_id, chosen, request_parsing.open_request(request))
        return Response(OpenedJobSerializer(opened).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="listJobCertifications",
        responses=JobCertificationItemSerializer(many=True),
    )
    @action(
        detail=True,
        serializer_class=JobCertificationItemSerializer,
        filterset_class=PairFilter,
        pagination_class=CertificationPagination,
    )
    def certifications(self, request: Request, job_id: UUID) -> Response:
        """Returns all certifications of a job, by model and region."""
        return self.respond_with_page(queries.pairs.of_job(queries.jobs.get(job_id)))

    @extend_schema(operation_id="getJobCertification")
    @action(
        detail=True,
        url_path="certifications/(?P<certification_id>[^/]+)",
        serializer_class=RecordSerializer,
    )
    def record(self, request: Request, job_id: UUID, certification_id: UUID) -> Response:
        """Returns a certification with all checks, and the requests and responses of each."""
        pair = queries.pairs.in_job(job_id, certification_id)
        return Response(self.get_serializer(pair).data)

    @extend_schema(
        operation_id="exportJob",
        tags=["exports"],
        filters=True,
        parameters=[parameters.FORMAT],
        responses=parameters.FILES,
    )
    @action(
        detail=True,
        url_path=r"export\.(?P<format_name>[^/]+)",
        filterset_class=PairFilter,
        pagination_class=None,
        content_negotiation_class=FixedType,
    )
    def export(self, request: Request, job_id: UUID, format_name: str) -> StreamingHttpResponse:
        """Returns the certifications of a job as a file."""
        exports.find(format_name)
        job = queries.jobs.get(job_id)
        pairs = self.filter_queryset(queries.pairs.of_job(job))
        return download(request._request, format_name, exports.of_job(job, pairs))
