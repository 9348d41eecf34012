from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from certification import queries
from certification.api import request_parsing
from certification.api.permissions import MayCertify, MayRead
from certification.api.serializers import parameters
from certification.api.serializers.jobs import OpenedJobSerializer
from certification.api.serializers.operations import (
    DeadLetterIdsSerializer,
    DeadLetterPageSerializer,
    DeadLetterSerializer,
    DismissedSerializer,
)
from certification.jobs import reopening
from certification.outcomes import dead_letters


class DeadLetters(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="listDeadLetters",
        tags=["operations"],
        parameters=[parameters.DeadLettersSerializer],
        responses=DeadLetterPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Pairs that were given up, newest first; those that wait for an answer, unless told."""
        given = request_parsing.query(parameters.DeadLettersSerializer, request)
        number, size = given.pop("page"), given.pop("limit")
        page = queries.pages.page_of(queries.dead_letters.search(given), number, size)
        return Response(DeadLetterPageSerializer(page).data)


class DeadLetter(APIView):
    permission_classes = (MayRead,)

    @extend_schema(
        operation_id="getDeadLetter", tags=["operations"], responses=DeadLetterSerializer
    )
    def get(self, request: Request, dead_letter_id: UUID) -> Response:
        """One of them, with its traceback where the error was our own."""
        return Response(DeadLetterSerializer(queries.dead_letters.find([dead_letter_id])[0]).data)


class Requeue(APIView):
    permission_classes = (MayCertify,)

    @extend_schema(
        operation_id="requeueDeadLetters",
        tags=["operations"],
        request=DeadLetterIdsSerializer,
        responses={201: OpenedJobSerializer(many=True)},
    )
    def post(self, request: Request) -> Response:
        """Certifies their pairs again: one job for each set of options."""
        given = request_parsing.body(DeadLetterIdsSerializer, request).validated_data
        opened = reopening.requeue(given["deadLetterIds"], request_parsing.open_request(request))
        return Response(OpenedJobSerializer(opened, many=True).data, status=status.HTTP_201_CREATED)


class Dismiss(APIView):
    permission_classes = (MayCertify,)

    @extend_schema(
        operation_id="dismissDeadLetters",
        tags=["operations"],
        request=DeadLetterIdsSerializer,
        responses=DismissedSerializer,
    )
    def post(self, request: Request) -> Response:
        """Closes letters that nobody wants to try again."""
        given = request_parsing.body(DeadLetterIdsSerializer, request).validated_data
        number = dead_letters.dismiss(given["deadLetterIds"], request_parsing.actor(request))
        return Response(DismissedSerializer({"dismissed": number}).data)
