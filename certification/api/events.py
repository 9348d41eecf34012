"""Live updates of a job as server-sent events.

The id of an event is the database's time up to which the client is informed, in µs since 1970.
Only the last event of an update has the id of that update; those before it have the id of the
previous update. A client that disconnects within an update therefore receives it again.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from knox.auth import TokenAuthentication
from rest_framework.exceptions import (
    APIException,
    MethodNotAllowed,
    NotAuthenticated,
    PermissionDenied,
    ValidationError,
)
from rest_framework.fields import DateTimeField
from rest_framework.utils.encoders import JSONEncoder

from certification import live, queries
from certification.errors import CertificationError
from certification.models import CertificationJob
from certification.states import JobStatus, PairStatus

from .errors import answer_with, answer_with_fields, envelope
from .permissions import MayRead
from .query_parameters import checks_itself, refuse_unknown
from .serializers.jobs import job_summary
from .viewsets import UUID_FORMAT

# Seconds without an event after which a comment keeps the connection open.
HEARTBEAT = 15.0
# Seconds after which a stream ends. The client reconnects, and its rights are checked again.
LONGEST = 600.0
# Milliseconds after which a browser reconnects.
RETRY = 2000

_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_TIME = DateTimeField()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_RECEIVED_END = "-end"


@checks_itself
@csrf_exempt  # like the rest of the API; it changes nothing
async def stream(request: HttpRequest, job_id: str) -> HttpResponseBase:
    """Streams the state of a job, then each change, until the job has ended.

    Events: `job` with the counts, `certification` for a pair that was claimed, released or ended,
    `end`. With Last-Event-ID, also the pairs that changed since, each at least once. Times in ms.
    """
    try:
        job = await sync_to_async(_admit)(request, job_id)
    except (APIException, CertificationError) as error:
        return _refusal(error)
    last_event_id = request.headers.get("Last-Event-ID", "")
    if job.completed_at and last_event_id.endswith(_RECEIVED_END):
        # Browsers reconnect after the end of a stream, unless the answer is 204.
        return HttpResponse(status=204)
    since, language = _time_of(last_event_id), get_language() or ""
    if isinstance(request, ASGIRequest):
        return StreamingHttpResponse(
            _events(job.pk, since, language), content_type="text/event-stream", headers=_HEADERS
        )
    # A WSGI server would block a thread per stream and buffer the events: it sends the present
    # state, and the client reconnects.
    return HttpResponse(
        await sync_to_async(_now)(job.pk, since, language),
        content_type="text/event-stream",
        headers=_HEADERS,
    )


def _admit(request: HttpRequest, job_id: str) -> CertificationJob:
    """Returns the job if the caller may read it. Raises APIException, JobNotFound.

    Accepts a token or a session: an EventSource of a browser cannot send headers.
    """
    if request.method != "GET":
        raise MethodNotAllowed(request.method or "")
    by_token = TokenAuthentication().authenticate(request)
    user = by_token[0] if by_token else request.user
    if not user.is_authenticated:
        raise NotAuthenticated
    if not user.has_perm(MayRead.right):
        raise PermissionDenied(MayRead.message)
    refuse_unknown(request.GET)
    if not UUID_FORMAT.fullmatch(job_id):
        raise queries.jobs.not_found(job_id)
    return queries.jobs.get(UUID(job_id))


def _refusal(error: APIException | CertificationError) -> JsonResponse:
    if isinstance(error, CertificationError):
        return JsonResponse(envelope(error.code, error.message, error.details), status=error.status)
    if isinstance(error, ValidationError):
        return answer_with_fields(error)
    response = answer_with(error)
    if error.status_code == 401:
        response["WWW-Authenticate"] = TokenAuthentication().authenticate_header(None)
    if error.status_code == 405:
        response["Allow"] = "GET"
    return response


async def _events(job_id: UUID, since: datetime | None, language: str) -> AsyncIterator[str]:
    # Else the thread of this request would keep its database connection during the whole stream.
    await sync_to_async(connections.close_all)()
    yield f"retry: {RETRY}\n\n"
    clock = asyncio.get_running_loop().time
    end = clock() + LONGEST
    with live.listen(job_id, since) as listener:
        while (left := end - clock()) > 0:
            try:
                async with asyncio.timeout(min(HEARTBEAT, left)):
                    update = await listener.next()
            except TimeoutError:
                yield ": heartbeat\n\n"
                continue
            if update is None:
                return
            yield _rendered(update, language)
            if update.is_last:
                return


def _now(job_id: UUID, since: datetime | None, language: str) -> str:
    update = live.initial_update(live.take_snapshot(job_id, since), since)
    return f"retry: {RETRY}\n\n{_rendered(update, language)}"


@lru_cache(maxsize=32)
def _rendered(update: live.Update, language: str) -> str:
    """Rendered once for all clients with the same language."""
    # The serializers write times in the current time zone; the API returns UTC.
    with override(language or None), timezone.override(UTC):
        events: list[tuple[str, dict[str, Any]]] = []
        if update.progress is not None:
            events.append(("job", _job(update.job, update.progress)))
        events += [("certification", _certification(pair)) for pair in update.pairs]
        if update.is_last:
            events.append(("end", {"id": str(update.job.pk), "status": update.job.status}))
        before, now = _id(update.since), _id(update.at)
        if update.is_last:
            now += _RECEIVED_END
        ids = [before] * (len(events) - 1) + [now]
        return "".join(
            f"event: {name}\nid: {id}\ndata: {_json(data)}\n\n"
            for (name, data), id in zip(events, ids, strict=True)
        )


def _job(job: CertificationJob, progress: queries.jobs.Progress) -> dict[str, Any]:
    return {**job_summary(job, progress), "statusLabel": JobStatus(job.status).label}


def _certification(pair: live.PairState) -> dict[str, Any]:
    return {
        "id": pair.id,
        "modelId": pair.model_id,
        "modelName": pair.model_name,
        "apiModelId": pair.api_model_id,
        "region": pair.region_id,
        "status": pair.status,
        "statusLabel": PairStatus(pair.status).label,
        "score": pair.score,
        "grade": pair.grade,
        "duration": pair.duration_ms,
        "errorCategory": pair.error_category or None,
        "completedAt": pair.completed_at and _TIME.to_representation(pair.completed_at),
    }


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":"))


def _id(at: datetime) -> str:
    return str((at - _EPOCH) // _MICROSECOND)


def _time_of(event_id: str) -> datetime | None:
    """Returns the time in an event id; None for an id of another format."""
    found = re.fullmatch(rf"(\d{{1,16}})(?:{_RECEIVED_END})?", event_id)
    return _EPOCH + int(found[1]) * _MICROSECOND if found else None
