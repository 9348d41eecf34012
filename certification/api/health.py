"""Health and metrics endpoints of a web process."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from certification.observability import metrics, probes
from certification.queue import broker


def live(request: HttpRequest) -> JsonResponse:
    """Returns 200 if this process answers, without using the database or the broker."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Returns 200 if the database answers within `probes.TIMEOUT_SECONDS`, else 503; and whether
    the broker does. Without it jobs are read and opened all the same, so the status is then
    `degraded`, and no load balancer takes the webs away."""
    answered = _ask_both()
    words = {name: "ok" if answer else "away" for name, answer in answered.items()}
    if not answered["database"]:
        return JsonResponse({"status": "unavailable", **words}, status=503)
    return JsonResponse({"status": "ok" if all(answered.values()) else "degraded", **words})


def scrape(request: HttpRequest) -> HttpResponse:
    """Returns metrics for Prometheus to clients with METRICS_TOKEN; 404 if none is configured.

    If the database does not answer, only the metrics of this process are returned.
    """
    if not settings.METRICS_TOKEN:
        raise Http404
    shown = request.headers.get("Authorization", "")
    if not secrets.compare_digest(shown.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    answered = _ask_both()
    try:
        families = metrics.from_database() if answered["database"] else []
    except DatabaseError:
        families, answered["database"] = [], False
    body = metrics.render([*metrics.dependencies_up(answered), *families])
    return HttpResponse(body, content_type=metrics.CONTENT_TYPE)


def _ask_both() -> dict[str, bool]:
    return probes.run({"database": probes.database, "broker": broker.waiting_messages})
