from __future__ import annotations

from django.http import HttpRequest, JsonResponse


def live(request: HttpRequest) -> JsonResponse:
    """Says that this process answers; asks nothing of the database or the broker."""
    return JsonResponse({"status": "ok"})
