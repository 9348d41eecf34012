"""Models, providers and regions, and the standings and the history of a model."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from certification import queries
from certification.api import query_parameters
from certification.api.pagination import CertificationPagination
from certification.api.serializers.certifications import (
    JobCertificationItemSerializer,
    StandingSerializer,
)
from certification.api.serializers.registry import (
    ModelSerializer,
    ProviderItemSerializer,
    RegionItemSerializer,
)
from certification.api.viewsets import ActionViewSet
from certification.queries.filters.models import ModelFilter
from certification.queries.filters.pairs import ModelHistoryFilter
from certification.queries.filters.standings import ModelStandingFilter
from models_registry import queries as registry
from models_registry.models import AIModel, Provider, Region


@extend_schema(tags=["registry"])
class RegionViewSet(ListModelMixin, ActionViewSet):
    serializer_class = RegionItemSerializer

    def get_queryset(self) -> QuerySet[Region]:
        return registry.active_regions()

    @extend_schema(operation_id="listRegions")
    def list(self, request: Request) -> Response:
        """Returns the regions in which models can be certified."""
        return super().list(request)


@extend_schema(tags=["registry"])
class ProviderViewSet(ListModelMixin, ActionViewSet):
    serializer_class = ProviderItemSerializer

    def get_queryset(self) -> QuerySet[Provider]:
        return registry.providers()

    @extend_schema(operation_id="listProviders")
    def list(self, request: Request) -> Response:
        """Returns the providers of models; the models of some cannot be certified."""
        return super().list(request)


@extend_schema(tags=["registry"])
class CertifiableModelViewSet(ListModelMixin, ActionViewSet):
    serializer_class = ModelSerializer

    def get_queryset(self) -> QuerySet[AIModel]:
        return registry.certifiable_models()

    @extend_schema(operation_id="listCertifiableModels")
    def list(self, request: Request) -> Response:
        """Returns the models that can be certified, by vendor and name."""
        return super().list(request)


@extend_schema(tags=["registry"])
class ModelViewSet(ListModelMixin, ActionViewSet):
    lookup_url_kwarg = "model_id"
    # An API model id may contain slashes.
    lookup_value_regex = ".+?"
    serializer_class = ModelSerializer
    filterset_class = ModelFilter

    def get_queryset(self) -> QuerySet[AIModel]:
        return registry.all_models()

    @extend_schema(operation_id="listModels")
    def list(self, request: Request) -> Response:
        """Returns all models of the registry, also those that cannot be certified."""
        return super().list(request)

    @extend_schema(operation_id="getModel")
    def retrieve(self, request: Request, model_id: str) -> Response:
        """Returns a model by UUID or API model id."""
        return Response(self.get_serializer(queries.lookup.model_named(model_id)).data)

    @extend_schema(operation_id="listModelCertifications", responses=StandingSerializer(many=True))
    @action(
        detail=True,
        serializer_class=StandingSerializer,
        filterset_class=ModelStandingFilter,
        pagination_class=None,
    )
    def certifications(self, request: Request, model_id: str) -> Response:
        """Returns the present standings of a model in all regions."""
        model = queries.lookup.model_named(model_id)
        rows = self.filter_queryset(queries.standings.with_models().filter(model=model))
        return Response(self.get_serializer(rows, many=True).data)

    @extend_schema(
        operation_id="listModelHistory", responses=JobCertificationItemSerializer(many=True)
    )
    @action(
        detail=True,
        serializer_class=JobCertificationItemSerializer,
        filterset_class=ModelHistoryFilter,
        pagination_class=CertificationPagination,
    )
    def history(self, request: Request, model_id: str) -> Response:
        """Returns the ended certifications of a model, newest first."""
        model = queries.lookup.model_named(model_id)
        return self.respond_with_page(queries.pairs.of_model(model.pk))


@query_parameters.checks_itself
class UnknownView(APIView):
    """Answers 404 for every path that no other view has."""

    permission_classes = (IsAuthenticated,)
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound(_("There is nothing at %(path)s.") % {"path": request.path})
