"""The OpenAPI document."""

from __future__ import annotations

from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny


class SchemaView(SpectacularAPIView):
    """The OpenAPI document, which is no secret: it says what there is, and gives none of it."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
