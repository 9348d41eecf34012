"""Standings: listed, exported, counted, compared, and as a matrix."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from certification import exports, queries
from certification.api import parameters
from certification.api.negotiation import FixedType
from certification.api.pagination import CertificationPagination
from certification.api.serializers.certifications import (
    MatrixSerializer,
    StandingSerializer,
    StatisticsSerializer,
)
from certification.api.serializers.comparison import ComparisonSerializer
from certification.api.serializers.registry import ModelReferenceSerializer, RegionItemSerializer
from certification.api.viewsets import ActionViewSet
from certification.exports.download import download
from certification.models import ModelCertification
from certification.queries.filters.models import ComparisonFilter, MatrixFilter
from certification.queries.filters.standings import StandingFilter
from models_registry import queries as registry

FEWEST, MOST = 2, 10


@extend_schema(tags=["certifications"])
class CertificationViewSet(ActionViewSet):
    serializer_class = StandingSerializer
    filterset_class = StandingFilter
    pagination_class = CertificationPagination

    def get_queryset(self) -> QuerySet[ModelCertification]:
        return queries.standings.with_models()

    @extend_schema(operation_id="listCertifications")
    def list(self, request: Request) -> Response:
        """Returns the present standing of each model in each region."""
        return self.respond_with_page(self.get_queryset())

    @extend_schema(
        operation_id="exportCertifications",
        tags=["exports"],
        filters=True,
        parameters=[parameters.FORMAT],
        responses=parameters.FILES,
    )
    @action(
        detail=False,
        url_path=r"export\.(?P<format_name>[^/]+)",
        filterset_class=StandingFilter,
        pagination_class=None,
        content_negotiation_class=FixedType,
    )
    def export(self, request: Request, format_name: str) -> StreamingHttpResponse:
        """Returns the present standings as a file."""
        exports.find(format_name)
        rows = self.filter_queryset(self.get_queryset())
        return download(request._request, format_name, exports.of_standings(rows))


@extend_schema(tags=["certifications"])
class OverviewViewSet(ActionViewSet):
    @extend_schema(operation_id="getStats")
    @action(detail=False, serializer_class=StatisticsSerializer)
    def stats(self, request: Request) -> Response:
        """Returns counts of jobs, standings, open pairs, regions and workers."""
        return Response(self.get_serializer(queries.statistics.collect()).data)

    @extend_schema(operation_id="getMatrix", filters=True)
    @action(detail=False, serializer_class=MatrixSerializer, filterset_class=MatrixFilter)
    def matrix(self, request: Request) -> Response:
        """Returns the standings of all certifiable models, by model and region."""
        wanted = self.read_parameters(registry.certifiable_models())
        found = queries.matrix.read(route_kind=wanted.pop("routeKind"), **wanted)
        now = datetime.now(UTC)
        cells = {
            str(model): {region: _cell(cell, now) for region, cell in row.items()}
            for model, row in found.cells.items()
        }
        return Response(
            {
                "models": ModelReferenceSerializer(found.models, many=True).data,
                "regions": RegionItemSerializer(found.regions, many=True).data,
                "cells": cells,
            }
        )

    @extend_schema(operation_id="compare", filters=True)
    @action(detail=False, serializer_class=ComparisonSerializer, filterset_class=ComparisonFilter)
    def compare(self, request: Request) -> Response:
        """Compares 2 to 10 models, or 2 to 10 regions.

        With `models`, only standings in the given regions count; without, the regions are compared.
        """
        wanted = self.read_parameters(registry.certifiable_models())
        models, regions = wanted["models"], wanted["regions"]
        found = queries.lookup.regions_named(regions)
        if models:
            names = {str(model.pk): model.name for model in queries.lookup.models_named(models)}
            _refuse_number("models", names)
            compared = queries.comparison.compare("models", names, regions)
        else:
            names = {region.pk: region.display_name for region in found}
            _refuse_number("regions", names)
            compared = queries.comparison.compare("regions", names)
        return Response(self.get_serializer(compared).data)


def _cell(cell: dict[str, Any], now: datetime) -> dict[str, Any]:
    completed = cell["completed_at"]
    return {
        "status": cell["status"],
        "verdict": cell["verdict"] or None,
        "passed": cell["passed"],
        "score": cell["score"],
        "grade": cell["grade"] or None,
        "badge": cell["badge"],
        "staleReason": cell["stale_reason"] or None,
        "simulated": cell["simulated"],
        "routeKind": cell["route_kind"] or None,
        "completedAt": completed,
        "ageSeconds": round((now - completed).total_seconds()) if completed else None,
    }


def _refuse_number(what: str, found: Mapping[str, str]) -> None:
    if not FEWEST <= len(found) <= MOST:
        raise ValidationError(
            {what: _("From %(least)s to %(most)s of them.") % {"least": FEWEST, "most": MOST}}
        )
