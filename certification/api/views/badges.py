"""Badges: standings as pictures, and their visibility."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from certification import queries
from certification.accounts import audit
from certification.api import badge, request_parsing
from certification.api.negotiation import FixedType
from certification.api.permissions import MayCertify, MayRead
from certification.api.serializers.certifications import (
    BadgeStateSerializer,
    BadgeVisibilitySerializer,
)
from certification.api.viewsets import ActionViewSet
from certification.errors import BadgeNotFound, StandingNotFound
from certification.outcomes import standings
from certification.states import AuditAction

KEPT_SECONDS = 300
PAIR = "(?P<model_id>.+)/(?P<region>[^/]+?)"


@extend_schema(tags=["certifications"])
class BadgeViewSet(ActionViewSet):
    @extend_schema(
        operation_id="getBadge",
        responses={
            (200, "image/svg+xml"): OpenApiResponse(OpenApiTypes.STR, description="The picture.")
        },
    )
    @action(
        detail=False,
        url_path=rf"{PAIR}\.svg",
        permission_classes=(AllowAny,),
        content_negotiation_class=FixedType,
    )
    def picture(self, request: Request, model_id: str, region: str) -> HttpResponse:
        """Returns a standing as a picture; without a token only if an operator made it public."""
        found = queries.standings.find(model_id, region)
        if found is None or not (found.badge_public or MayRead().has_permission(request, self)):
            # One answer for both, so that it does not show which standings exist.
            raise BadgeNotFound(_("There is no badge here."))
        answer = HttpResponse(badge.svg(found), content_type="image/svg+xml")
        cached = "public" if found.badge_public else "private"
        answer["Cache-Control"] = f"{cached}, max-age={KEPT_SECONDS}"
        return answer

    @extend_schema(operation_id="setBadgeVisibility", responses=BadgeStateSerializer)
    @action(
        detail=False,
        methods=["put"],
        url_path=PAIR,
        permission_classes=(MayCertify,),
        serializer_class=BadgeVisibilitySerializer,
    )
    def visibility(self, request: Request, model_id: str, region: str) -> Response:
        """Makes a badge visible without a token, or hides it."""
        public = self.read_body().validated_data["public"]
        model = queries.lookup.model_named(model_id)
        with transaction.atomic():
            if not standings.show_badge(model.pk, region, public=public):
                raise StandingNotFound(_("This model was never certified in this region."))
            audit.note(
                request_parsing.actor(request),
                AuditAction.BADGE_CHANGED,
                subject=f"{model.api_model_id} · {region}",
                public=public,
            )
        url = request.build_absolute_uri(f"{request.path.rstrip('/')}.svg")
        return Response(BadgeStateSerializer({"public": public, "url": url}).data)
