"""Circuit breakers of regions: listed, reset and limited."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from certification import queries
from certification.api import request_parsing
from certification.api.permissions import MayAdminister, MayCertify
from certification.api.serializers.operations import BreakerSerializer, LimitSerializer
from certification.api.viewsets import ActionViewSet
from certification.errors import RegionNotFound
from certification.queue import circuit_breaker


@extend_schema(tags=["operations"])
class BreakerViewSet(ActionViewSet):
    lookup_url_kwarg = "region"
    lookup_value_regex = "[^/]+"
    serializer_class = BreakerSerializer

    @extend_schema(operation_id="listBreakers")
    def list(self, request: Request) -> Response:
        """Returns the circuit of each region, its limit, and its running and waiting pairs."""
        breakers = queries.circuit_breakers.of_regions()
        return Response(self.get_serializer(breakers, many=True).data)

    @extend_schema(operation_id="resetBreaker", request=None)
    @action(detail=True, methods=["post"], permission_classes=(MayCertify,))
    def reset(self, request: Request, region: str) -> Response:
        """Closes the circuit of a region without waiting for a successful probe."""
        _refuse_unknown(region)
        circuit_breaker.reset(region, request_parsing.actor(request))
        return _found(region)

    @extend_schema(operation_id="setLimit", responses=BreakerSerializer)
    @action(
        detail=True,
        methods=["put"],
        permission_classes=(MayAdminister,),
        serializer_class=LimitSerializer,
    )
    def limit(self, request: Request, region: str) -> Response:
        """Sets how many pairs of a region may run at a time."""
        _refuse_unknown(region)
        limit = self.read_body().validated_data["limit"]
        circuit_breaker.set_limit(region, limit, request_parsing.actor(request))
        return _found(region)


def _refuse_unknown(region: str) -> None:
    """Raises RegionNotFound."""
    if queries.lookup.region_or_none(region) is None:
        raise RegionNotFound(
            _("Unknown regions: %(regions)s.") % {"regions": region}, regions=[region]
        )


def _found(region: str) -> Response:
    breaker = next(
        breaker
        for breaker in queries.circuit_breakers.of_regions(also=region)
        if breaker.region.pk == region
    )
    return Response(BreakerSerializer(breaker).data)
