"""The OpenAPI document."""

from __future__ import annotations

from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny


class SchemaView(SpectacularAPIView):
    """Returns the OpenAPI document to anyone: it describes the API and contains no data."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
