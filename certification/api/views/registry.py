from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from certification import queries
from certification.api import request_parsing
from certification.api.permissions import MayRead
from certification.api.serializers import parameters
from certification.api.serializers.certifications import (
    JobCertificationPageSerializer,
    StandingSerializer,
)
from certification.api.serializers.registry import (
    ModelSerializer,
    ProviderItemSerializer,
    RegionItemSerializer,
)
from certification.queries.filters.models import ModelFilter
from certification.queries.filters.pairs import ModelHistoryFilter
from models_registry import queries as registry


class Regions(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="listRegions", tags=["registry"], responses=RegionItemSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """The regions in which one may certify."""
        return Response(RegionItemSerializer(registry.active_regions(), many=True).data)


class CertifiableModels(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="listCertifiableModels",
        tags=["registry"],
        responses=ModelSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The models that can be certified, by vendor and name."""
        return Response(ModelSerializer(registry.certifiable_models(), many=True).data)


class Providers(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="listProviders",
        tags=["registry"],
        responses=ProviderItemSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Who serves models; only some of them can be certified."""
        return Response(ProviderItemSerializer(registry.providers(), many=True).data)


class Models(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="listModels",
        tags=["registry"],
        parameters=[parameters.ModelsSerializer],
        responses=ModelSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """All models that the registry knows, also those that cannot be certified."""
        given = request_parsing.query(parameters.ModelsSerializer, request)
        models = ModelFilter.narrow(registry.all_models(), given)
        return Response(ModelSerializer(models, many=True).data)


class Model(APIView):
    permission_classes = (MayRead,)

    @extend_schema(operation_id="getModel", tags=["registry"], responses=ModelSerializer)
    def get(self, request: Request, model_id: str) -> Response:
        """A model by UUID or API model id."""
        return Response(ModelSerializer(queries.lookup.model_named(model_id)).data)


class ModelCertifications(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="listModelCertifications",
        tags=["registry"],
        responses=StandingSerializer(many=True),
    )
    def get(self, request: Request, model_id: str) -> Response:
        """A model's present standing in all regions."""
        model = queries.lookup.model_named(model_id)
        rows = queries.standings.with_models().filter(model=model)
        return Response(StandingSerializer(rows, many=True).data)


class ModelHistory(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="listModelHistory",
        tags=["registry"],
        parameters=[parameters.ModelHistorySerializer],
        responses=JobCertificationPageSerializer,
    )
    def get(self, request: Request, model_id: str) -> Response:
        """What a model's certifications came to, newest first."""
        given = request_parsing.query(parameters.ModelHistorySerializer, request)
        model = queries.lookup.model_named(model_id)
        number, size = given.pop("page"), given.pop("limit")
        records = ModelHistoryFilter.narrow(queries.pairs.of_model(model.pk), given)
        page = queries.pages.page_of(records, number, size)
        return Response(JobCertificationPageSerializer(page).data)


class Unknown(APIView):
    """Whatever no other path knows."""

    permission_classes = (IsAuthenticated,)
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound(_("There is nothing at %(path)s.") % {"path": request.path})
