"""Dead letters: listed, requeued and dismissed."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from certification import queries
from certification.api import parameters, request_parsing
from certification.api.pagination import DeadLetterPagination
from certification.api.permissions import MayCertify
from certification.api.serializers.jobs import OpenedJobSerializer
from certification.api.serializers.operations import (
    DeadLetterIdsSerializer,
    DeadLetterSerializer,
    DismissedSerializer,
)
from certification.api.viewsets import ActionViewSet
from certification.jobs import reopening
from certification.models import DeadLetter
from certification.outcomes import dead_letters
from certification.queries.filters.dead_letters import DeadLetterFilter


@extend_schema(tags=["operations"])
class DeadLetterViewSet(ActionViewSet):
    lookup_url_kwarg = "dead_letter_id"
    lookup_value_regex = "[^/]+"
    not_found: ClassVar = {"dead_letter_id": queries.dead_letters.not_found}
    serializer_class = DeadLetterSerializer
    filterset_class = DeadLetterFilter
    pagination_class = DeadLetterPagination

    def get_queryset(self) -> QuerySet[DeadLetter]:
        return queries.dead_letters.with_pairs()

    @extend_schema(operation_id="listDeadLetters")
    def list(self, request: Request) -> Response:
        """Returns dead letters, newest first; without `status` those that are open or requeued."""
        return self.respond_with_page(self.get_queryset())

    @extend_schema(operation_id="getDeadLetter")
    def retrieve(self, request: Request, dead_letter_id: UUID) -> Response:
        """Returns a dead letter, with a traceback if the error was internal."""
        [found] = queries.dead_letters.find([dead_letter_id])
        return Response(self.get_serializer(found).data)

    @extend_schema(
        operation_id="requeueDeadLetters",
        parameters=[parameters.KEY],
        responses={201: OpenedJobSerializer(many=True)},
    )
    @action(
        detail=False,
        methods=["post"],
        permission_classes=(MayCertify,),
        serializer_class=DeadLetterIdsSerializer,
        filterset_class=None,
        pagination_class=None,
    )
    def requeue(self, request: Request) -> Response:
        """Certifies the pairs of dead letters again, in one job for each set of options."""
        chosen = self.read_body().validated_data["deadLetterIds"]
        opened = reopening.requeue(chosen, request_parsing.open_request(request))
        return Response(OpenedJobSerializer(opened, many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="dismissDeadLetters", responses=DismissedSerializer)
    @action(
        detail=False,
        methods=["post"],
        permission_classes=(MayCertify,),
        serializer_class=DeadLetterIdsSerializer,
    )
    def dismiss(self, request: Request) -> Response:
        """Closes dead letters without certifying their pairs again."""
        chosen = self.read_body().validated_data["deadLetterIds"]
        number = dead_letters.dismiss(chosen, request_parsing.actor(request))
        return Response(DismissedSerializer({"dismissed": number}).data)
