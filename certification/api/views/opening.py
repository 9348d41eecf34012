from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from certification.api import request_parsing
from certification.api.permissions import MayCertify
from certification.api.serializers.jobs import (
    CertifyAllSerializer,
    CertifyModelSerializer,
    CertifyMultipleSerializer,
    OpenedJobSerializer,
    OpenedModelJobSerializer,
    RecertifySerializer,
    RetryFailedSerializer,
)
from certification.jobs import opening, reopening
from certification.jobs.requests import Opened
from models_registry import queries as registry

KEY = OpenApiParameter(
    request_parsing.KEY_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="A request that comes twice under the same key opens one job, for a day.",
)


def _opened(opened: Opened) -> Response:
    return Response(OpenedJobSerializer(opened).data, status=status.HTTP_201_CREATED)


class CertifyModel(APIView):
    permission_classes = (MayCertify,)

    @extend_schema(
        operation_id="certifyModel",
        tags=["jobs"],
        parameters=[KEY],
        request=CertifyModelSerializer,
        responses={201: OpenedModelJobSerializer},
    )
    def post(self, request: Request) -> Response:
        """Certifies one model in one region."""
        given = request_parsing.body(CertifyModelSerializer, request)
        opened = opening.open_for_models(
            [given.validated_data["modelId"]],
            [given.validated_data["region"]],
            request_parsing.open_request(request, given.options),
        )
        body = dict(OpenedModelJobSerializer(opened).data)
        model_id = opened.job.model_ids[0]
        body["apiModelId"] = registry.find_models([model_id])[model_id].api_model_id
        return Response(body, status=status.HTTP_201_CREATED)


class CertifyMultiple(APIView):
    permission_classes = (MayCertify,)

    @extend_schema(
        operation_id="certifyMultiple",
        tags=["jobs"],
        parameters=[KEY],
        request=CertifyMultipleSerializer,
        responses={201: OpenedJobSerializer},
    )
    def post(self, request: Request) -> Response:
        """Certifies some models in some regions: every model in every region."""
        given = request_parsing.body(CertifyMultipleSerializer, request)
        return _opened(
            opening.open_for_models(
                given.validated_data["modelIds"],
                given.validated_data["regions"],
                request_parsing.open_request(request, given.options),
            )
        )


class CertifyAll(APIView):
    permission_classes = (MayCertify,)

    @extend_schema(
        operation_id="certifyAll",
        tags=["jobs"],
        parameters=[KEY],
        request=CertifyAllSerializer,
        responses={201: OpenedJobSerializer},
    )
    def post(self, request: Request) -> Response:
        """Certifies every certifiable model in some regions; the others are `skipped`."""
        given = request_parsing.body(CertifyAllSerializer, request)
        return _opened(
            opening.open_for_all(
                given.validated_data["regions"],
                request_parsing.open_request(request, given.options),
            )
        )


class RetryFailed(APIView):
    permission_classes = (MayCertify,)

    @extend_schema(
        operation_id="retryFailed",
        tags=["jobs"],
        parameters=[KEY],
        request=RetryFailedSerializer,
        responses={201: OpenedJobSerializer},
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        """Certifies again, in a new job, what failed or could not be judged in this one."""
        given = request_parsing.body(RetryFailedSerializer, request).validated_data
        return _opened(
            reopening.retry_failed(
                job_id, given["certificationIds"], request_parsing.open_request(request)
            )
        )


class Recertify(APIView):
    permission_classes = (MayCertify,)

    @extend_schema(
        operation_id="recertify",
        tags=["jobs"],
        parameters=[KEY],
        request=RecertifySerializer,
        responses={201: OpenedJobSerializer},
    )
    def post(self, request: Request) -> Response:
        """Certifies again what is old enough, or has one of the statuses."""
        given = request_parsing.body(RecertifySerializer, request)
        wanted = given.validated_data
        return _opened(
            reopening.recertify(
                older_than_days=wanted.get("olderThanDays"),
                statuses=wanted["statuses"],
                model_ids=wanted.get("modelIds", ()),
                region_ids=wanted.get("regions", ()),
                request=request_parsing.open_request(request, given.options),
            )
        )
