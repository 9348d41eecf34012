"""Rights that views require; roles grant them (certification.accounts.roles)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class _Has(BasePermission):
    right: str

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_authenticated and request.user.has_perm(self.right))


class MayRead(_Has):
    right = "certification.view_certificationjob"
    message = _("This account has no role here: ask an administrator for one.")


class MayCertify(_Has):
    right = "certification.certify"
    message = _("This account may read, but not open or change jobs: ask for the role operator.")


class MayAdminister(_Has):
    right = "certification.administer"
    message = _("Only administrators may do this.")
