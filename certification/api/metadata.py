from __future__ import annotations

from typing import Any

from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request
from rest_framework.views import APIView


class PathMetadata(SimpleMetadata):
    """Answers OPTIONS with what a path reads and renders, and calls no action for it."""

    def determine_actions(self, request: Request, view: APIView) -> dict[str, Any]:
        return {}
