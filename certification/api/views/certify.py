"""Requests that open jobs: for one model, several, all, or standings that are too old."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from certification.api import parameters, request_parsing
from certification.api.permissions import MayCertify
from certification.api.serializers.jobs import (
    CertifyAllSerializer,
    CertifyModelSerializer,
    CertifyMultipleSerializer,
    OpenedJobSerializer,
    OpenedModelJobSerializer,
    RecertifySerializer,
)
from certification.api.viewsets import ActionViewSet
from certification.jobs import opening, reopening
from certification.jobs.requests import Opened
from models_registry import queries as registry


@extend_schema(tags=["jobs"])
class CertifyViewSet(ActionViewSet):
    permission_classes = (MayCertify,)

    @extend_schema(
        operation_id="certifyModel",
        parameters=[parameters.KEY],
        responses={201: OpenedModelJobSerializer},
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="certify-model",
        serializer_class=CertifyModelSerializer,
    )
    def certify_model(self, request: Request) -> Response:
        """Certifies one model in one region."""
        return _certify_one(self, request)

    @extend_schema(
        operation_id="certifyMultiple",
        parameters=[parameters.KEY],
        responses={201: OpenedJobSerializer},
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="certify-multiple",
        serializer_class=CertifyMultipleSerializer,
    )
    def certify_multiple(self, request: Request) -> Response:
        """Certifies several models, each in all of the given regions."""
        body = self.read_body()
        return _created(
            opening.open_for_models(
                body.validated_data["modelIds"],
                body.validated_data["regions"],
                request_parsing.open_request(request, body.options),
            )
        )

    @extend_schema(
        operation_id="certifyAll",
        parameters=[parameters.KEY],
        responses={201: OpenedJobSerializer},
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="certify-all",
        serializer_class=CertifyAllSerializer,
    )
    def certify_all(self, request: Request) -> Response:
        """Certifies all certifiable models in the given regions; the others are `skipped`."""
        body = self.read_body()
        return _created(
            opening.open_for_all(
                body.validated_data["regions"],
                request_parsing.open_request(request, body.options),
            )
        )

    @extend_schema(
        operation_id="recertify",
        parameters=[parameters.KEY],
        responses={201: OpenedJobSerializer},
    )
    @action(detail=False, methods=["post"], serializer_class=RecertifySerializer)
    def recertify(self, request: Request) -> Response:
        """Certifies pairs again whose standing meets all of the given conditions: old enough, one
        of the statuses, one of the models, one of the regions.

        Without any condition it is refused (`no_condition`), unless `all` is true.
        """
        body = self.read_body()
        wanted = body.validated_data
        return _created(
            reopening.recertify(
                everything=wanted["all"],
                older_than_days=wanted.get("olderThanDays"),
                statuses=wanted["statuses"],
                model_ids=wanted.get("modelIds", ()),
                region_ids=wanted.get("regions", ()),
                request=request_parsing.open_request(request, body.options),
            )
        )


@extend_schema(tags=["jobs"])
class FirstCertifyViewSet(ActionViewSet):
    """The address of the replaced system's first version, which its clients still use."""

    permission_classes = (MayCertify,)

    @extend_schema(
        operation_id="certify",
        parameters=[parameters.KEY],
        responses={201: OpenedModelJobSerializer},
        deprecated=True,
    )
    @action(detail=False, methods=["post"], serializer_class=CertifyModelSerializer)
    def certify(self, request: Request) -> Response:
        """Certifies one model in one region, as certify-model does."""
        return _certify_one(self, request)


def _certify_one(view: ActionViewSet, request: Request) -> Response:
    body = view.read_body()
    opened = opening.open_for_models(
        [body.validated_data["modelId"]],
        [body.validated_data["region"]],
        request_parsing.open_request(request, body.options),
    )
    answer = dict(OpenedModelJobSerializer(opened).data)
    model_id = opened.job.model_ids[0]
    answer["apiModelId"] = registry.find_models([model_id])[model_id].api_model_id
    return Response(answer, status=status.HTTP_201_CREATED)


def _created(opened: Opened) -> Response:
    return Response(OpenedJobSerializer(opened).data, status=status.HTTP_201_CREATED)
