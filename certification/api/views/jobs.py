from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from certification import queries
from certification.api import etag_cache, request_parsing
from certification.api.permissions import MayCertify, MayRead
from certification.api.serializers import parameters
from certification.api.serializers.certifications import (
    JobCertificationPageSerializer,
    RecordSerializer,
)
from certification.api.serializers.jobs import JobPageSerializer, JobSerializer
from certification.jobs import lifecycle
from certification.queries.filters.jobs import JobFilter


class Job(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [MayCertify() if self.request.method == "DELETE" else MayRead()]

    @extend_schema(operation_id="getJob", tags=["jobs"], responses=JobSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """A job with its counts and the first 100 of its certifications.

        What has ended has an ETag, and is kept for an hour.
        """
        return etag_cache.respond(request, job_id, "job", lambda: _whole(job_id))

    @extend_schema(operation_id="cancelJob", tags=["jobs"], responses=JobSerializer)
    def delete(self, request: Request, job_id: UUID) -> Response:
        """Cancels a job: waiting pairs end at once, running ones stop between two checks."""
        lifecycle.cancel(job_id, request_parsing.actor(request))
        return Response(_whole(job_id))


class Pause(APIView):
    permission_classes = (MayCertify,)

    @extend_schema(operation_id="pauseJob", tags=["jobs"], request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Stops beginning pairs; what runs goes on to its end."""
        lifecycle.pause(job_id, request_parsing.actor(request))
        return Response(_whole(job_id))


class Resume(APIView):
    permission_classes = (MayCertify,)

    @extend_schema(operation_id="resumeJob", tags=["jobs"], request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: UUID) -> Response:
        """Lets a paused job go on."""
        lifecycle.resume(job_id, request_parsing.actor(request))
        return Response(_whole(job_id))


class History(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="listJobs",
        tags=["jobs"],
        parameters=[parameters.HistorySerializer],
        responses=JobPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Jobs, newest first, each with the first 10 of its certifications."""
        given = request_parsing.query(parameters.HistorySerializer, request)
        number, size = given.pop("page"), given.pop("limit")
        page = queries.pages.page_of(JobFilter.narrow(queries.jobs.all_jobs(), given), number, size)
        views = queries.jobs.views_of(page.items)
        shown = queries.pages.Page(views, page.number, page.size, page.total)
        return Response(JobPageSerializer(shown).data)


class JobCertifications(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="listJobCertifications",
        tags=["jobs"],
        parameters=[parameters.JobCertificationsSerializer],
        responses=JobCertificationPageSerializer,
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        """All certifications of a job, by model and region."""
        given = request_parsing.query(parameters.JobCertificationsSerializer, request)
        number, size = given.pop("page"), given.pop("limit")
        pairs = queries.pairs.search(queries.jobs.get(job_id), given)
        page = queries.pages.page_of(pairs, number, size)
        return Response(JobCertificationPageSerializer(page).data)


class Record(APIView):
    permission_classes = (MayRead,)

    @extend_schema(operation_id="getJobCertification", tags=["jobs"], responses=RecordSerializer)
    def get(self, request: Request, job_id: UUID, certification_id: UUID) -> Response:
        """One certification with every check, what was asked and what came back."""
        return Response(RecordSerializer(queries.pairs.in_job(job_id, certification_id)).data)


def _whole(job_id: UUID) -> dict[str, Any]:
    return dict(JobSerializer(queries.jobs.view(job_id)).data)
