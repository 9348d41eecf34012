from __future__ import annotations

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class MayCertify(BasePermission):
    """Signed in, and allowed to open and cancel jobs."""

    message = "This account may read, but not open or cancel jobs: ask for the right to certify."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(
            request.user.is_authenticated and request.user.has_perm("certification.certify")
        )
