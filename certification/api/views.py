from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from knox.models import AuthToken
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from certification import jobs, queries
from models_registry import queries as registry

from . import requests, responses
from .errors import InvalidCredentials
from .permissions import MayCertify


class Login(APIView):
    permission_classes = (AllowAny,)
    authentication_classes = ()

    def post(self, request: Request) -> Response:
        """Gives a token to whoever knows a password; it is shown this once and kept hashed."""
        given = requests.Login(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(
            request,
            username=given.validated_data["email"],
            password=given.validated_data["password"],
        )
        if user is None:
            raise InvalidCredentials
        instance, token = AuthToken.objects.create(user)
        return Response({"token": token, "expiresAt": instance.expiry})


class CertifyModel(APIView):
    permission_classes = (MayCertify,)

    def post(self, request: Request) -> Response:
        given = requests.CertifyModel(data=request.data)
        given.is_valid(raise_exception=True)
        opened = jobs.open_for_models(
            [given.validated_data["modelId"]],
            [given.validated_data["region"]],
            user=_user(request),
            options=given.options,
        )
        body = responses.opened(opened)
        body |= {
            "modelId": body["modelIds"][0],
            "apiModelId": opened.models[0].api_model_id,
            "region": body["regions"][0],
        }
        return Response(body, status=status.HTTP_201_CREATED)


class CertifyMultiple(APIView):
    permission_classes = (MayCertify,)

    def post(self, request: Request) -> Response:
        given = requests.CertifyMultiple(data=request.data)
        given.is_valid(raise_exception=True)
        opened = jobs.open_for_models(
            given.validated_data["modelIds"],
            given.validated_data["regions"],
            user=_user(request),
            options=given.options,
        )
        return Response(responses.opened(opened), status=status.HTTP_201_CREATED)


class CertifyAll(APIView):
    permission_classes = (MayCertify,)

    def post(self, request: Request) -> Response:
        given = requests.CertifyAll(data=request.data)
        given.is_valid(raise_exception=True)
        opened = jobs.open_for_all(
            given.validated_data["regions"], user=_user(request), options=given.options
        )
        return Response(responses.opened(opened), status=status.HTTP_201_CREATED)


class Job(APIView):
    def get_permissions(self) -> list[MayCertify | IsAuthenticated]:
        return [MayCertify() if self.request.method == "DELETE" else IsAuthenticated()]

    def get(self, request: Request, job_id: UUID) -> Response:
        job = queries.job(job_id)
        pairs = queries.pairs_of(job)[: queries.NESTED_LIMIT]
        body = responses.job(job, queries.progress(job))
        body["certifications"] = responses.Certification(pairs, many=True).data
        body["certificationsTotal"] = job.total_models
        return Response(body)

    def delete(self, request: Request, job_id: UUID) -> Response:
        job = jobs.cancel(job_id)
        return Response(responses.job(job, queries.progress(job)))


class Regions(APIView):
    def get(self, request: Request) -> Response:
        return Response(responses.RegionItem(registry.active_regions(), many=True).data)


class CertifiableModels(APIView):
    def get(self, request: Request) -> Response:
        return Response(responses.Model(registry.certifiable_models(), many=True).data)


class Unknown(APIView):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound(_("There is nothing at %(path)s.") % {"path": request.path})


def _user(request: Request) -> User:
    assert isinstance(request.user, User)
    return request.user
