from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from certification import queries
from certification.api import request_parsing
from certification.api.permissions import MayAdminister, MayCertify, MayRead
from certification.api.serializers.operations import BreakerSerializer, LimitSerializer
from certification.queries.circuit_breakers import BreakerLine
from certification.queue import circuit_breaker


class Breakers(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="listBreakers",
        tags=["operations"],
        responses=BreakerSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Each region's circuit, its limit, and how many of its pairs are at work or wait."""
        return Response(BreakerSerializer(queries.circuit_breakers.of_regions(), many=True).data)


class Reset(APIView):
    permission_classes = (MayCertify,)

    @extend_schema(
        operation_id="resetBreaker",
        tags=["operations"],
        request=None,
        responses=BreakerSerializer,
    )
    def post(self, request: Request, region: str) -> Response:
        """Opens a region that is shut, without waiting for its probe."""
        circuit_breaker.reset(region, request_parsing.actor(request))
        return Response(BreakerSerializer(_find(region)).data)


class Limit(APIView):
    permission_classes = (MayAdminister,)

    @extend_schema(
        operation_id="setLimit",
        tags=["operations"],
        request=LimitSerializer,
        responses=BreakerSerializer,
    )
    def put(self, request: Request, region: str) -> Response:
        """Sets how many pairs of a region may be at work at a time."""
        given = request_parsing.body(LimitSerializer, request).validated_data
        circuit_breaker.set_limit(region, given["limit"], request_parsing.actor(request))
        return Response(BreakerSerializer(_find(region)).data)


def _find(region: str) -> BreakerLine:
    return next(
        breaker
        for breaker in queries.circuit_breakers.of_regions(also=region)
        if breaker.region.pk == region
    )
