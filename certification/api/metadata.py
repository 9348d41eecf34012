from __future__ import annotations

from typing import Any

from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request
from rest_framework.views import APIView


class PathMetadata(SimpleMetadata):
    """Answers OPTIONS without calling the actions of a ViewSet."""

    def determine_actions(self, request: Request, view: APIView) -> dict[str, Any]:
        return {}
