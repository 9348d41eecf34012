from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from certification import queries
from certification.api import request_parsing
from certification.api.permissions import MayRead
from certification.api.serializers import parameters
from certification.api.serializers.certifications import (
    MatrixSerializer,
    StandingPageSerializer,
    StatisticsSerializer,
)
from certification.api.serializers.comparison import ComparisonSerializer
from certification.api.serializers.registry import ModelReferenceSerializer, RegionItemSerializer
from certification.queries.filters.standings import StandingFilter

FEWEST, MOST = 2, 10


class Certifications(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="listCertifications",
        tags=["certifications"],
        parameters=[parameters.CertificationsSerializer],
        responses=StandingPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """The present standing of each model in each region."""
        given = request_parsing.query(parameters.CertificationsSerializer, request)
        number, size = given.pop("page"), given.pop("limit")
        rows = StandingFilter.narrow(queries.standings.with_models(), given)
        page = queries.pages.page_of(rows, number, size)
        return Response(StandingPageSerializer(page).data)


class Statistics(APIView):
    permission_classes = (MayRead,)

    @extend_schema(operation_id="getStats", tags=["certifications"], responses=StatisticsSerializer)
    def get(self, request: Request) -> Response:
        """Counts of jobs, standings, open pairs, regions and workers."""
        return Response(StatisticsSerializer(queries.statistics.collect()).data)


class Matrix(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="getMatrix",
        tags=["certifications"],
        parameters=[parameters.MatrixSerializer],
        responses=MatrixSerializer,
    )
    def get(self, request: Request) -> Response:
        """Models down, regions across."""
        given = request_parsing.query(parameters.MatrixSerializer, request)
        found = queries.matrix.read(
            vendor=given.get("vendor", ""),
            kind=given.get("kind", ""),
            capability=given.get("capability", ""),
            search=given.get("search", ""),
            regions=parameters.listed(given.get("regions", "")),
            status=given.get("status", ""),
        )
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


class Compare(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="compare",
        tags=["certifications"],
        parameters=[parameters.CompareSerializer],
        responses=ComparisonSerializer,
    )
    def get(self, request: Request) -> Response:
        """From 2 to 10 models, or from 2 to 10 regions, side by side.

        With `models` the regions narrow what is looked at; without, the regions are compared.
        """
        given = request_parsing.query(parameters.CompareSerializer, request)
        models = parameters.listed(given.get("models", ""))
        regions = parameters.listed(given.get("regions", ""))
        found = queries.lookup.regions_named(regions)
        if models:
            names = {str(model.pk): model.name for model in queries.lookup.models_named(models)}
            _refuse_number("models", names)
            return Response(
                ComparisonSerializer(queries.comparison.compare("models", names, regions)).data
            )
        names = {region.pk: region.display_name for region in found}
        _refuse_number("regions", names)
        return Response(ComparisonSerializer(queries.comparison.compare("regions", names)).data)


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
        "completedAt": completed,
        "ageSeconds": round((now - completed).total_seconds()) if completed else None,
    }


def _refuse_number(what: str, found: Mapping[str, str]) -> None:
    if not FEWEST <= len(found) <= MOST:
        raise ValidationError(
            {what: _("From %(least)s to %(most)s of them.") % {"least": FEWEST, "most": MOST}}
        )
