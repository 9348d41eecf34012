"""Which errors each operation may return, for the OpenAPI document. A test provokes each one."""

from __future__ import annotations

from typing import Any, Final

from .request_parsing import KEY_HEADER

COMPONENT: Final = {
    "type": "object",
    "description": "An error, with a code for programs.",
    "required": ["status", "error"],
    "properties": {
        "status": {"type": "string", "enum": ["error"]},
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": {"type": "string", "examples": ["unknown_model"]},
                "message": {"type": "string", "examples": ["Unknown models: no.body."]},
                "details": {"type": "object", "additionalProperties": True},
            },
        },
    },
}
RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "Seconds to wait before the next try.",
        "schema": {"type": "integer"},
    }
}
# Status -> description, code and message of an example.
ERRORS: Final = {
    "400": ("The request is invalid.", "invalid", "limit: A valid integer is required."),
    "401": (
        "The token is missing or invalid.",
        "not_authenticated",
        "Authentication credentials were not provided.",
    ),
    "403": (
        "The role of the account does not allow this.",
        "permission_denied",
        "This account may read, but not open or change jobs: ask for the role operator.",
    ),
    "404": ("Not found.", "unknown_model", "Unknown models: no.body."),
    "406": (
        "The Accept header asks for something else than JSON.",
        "not_acceptable",
        "Could not satisfy the request Accept header.",
    ),
    "409": (
        "The present state does not allow this.",
        "job_state_conflict",
        "A job that is completed cannot be cancelled.",
    ),
    "413": (
        "The body is too large.",
        "too_large",
        "The body is larger than any request here needs to be.",
    ),
    "415": (
        "The body is not JSON.",
        "unsupported_media_type",
        'Unsupported media type "text/plain" in request.',
    ),
    "429": (
        "Too many requests, or too many wrong passwords.",
        "throttled",
        "Request was throttled. Expected available in 7 seconds.",
    ),
    "503": (
        "The database or the broker is away: nothing is lost.",
        "unavailable",
        "The database or the broker is away: nothing is lost, try again soon.",
    ),
}
WAITING: Final = ("429", "503")
# Operations for accounts without a role, and for anyone.
NO_ROLE: Final = ("login", "logout", "listOperations", "getBadge")
# Operations that name a model, a user or a dead letter in the body or the query.
NAMING: Final = (
    "certify",
    "certifyModel",
    "certifyMultiple",
    "recertify",
    "createToken",
    "requeueDeadLetters",
    "dismissDeadLetters",
    "listCertifications",
    "exportCertifications",
    "compare",
)
MOVING: Final = ("cancelJob", "pauseJob", "resumeJob")
# Files and streams: the Accept header is not read.
FIXED_TYPE: Final = ("getBadge", "exportCertifications", "exportJob", "followJob")
# A plain view, without a rate limit: a connection lasts for minutes.
NO_RATE_LIMIT: Final = ("followJob",)


def add_errors(operation: dict[str, Any]) -> None:
    """Adds the errors that an operation may return to its responses."""
    name = operation["operationId"]
    parameters = operation.get("parameters", [])
    in_path = any(one["in"] == "path" for one in parameters)
    with_key = any(one["name"] == KEY_HEADER for one in parameters)
    with_body = "requestBody" in operation
    possible = {
        "400": True,
        "401": True,
        "403": name not in NO_ROLE,
        "404": in_path or name in NAMING,
        "406": name not in FIXED_TYPE,
        "409": with_key or name in MOVING,
        "413": with_body,
        "415": with_body,
        "429": name not in NO_RATE_LIMIT,
        "503": True,
    }
    for status in (status for status, is_possible in possible.items() if is_possible):
        operation["responses"].setdefault(status, _response(status))


def _response(status: str) -> dict[str, Any]:
    description, code, message = ERRORS[status]
    response: dict[str, Any] = {"description": description}
    if status in WAITING:
        response["headers"] = RETRY_AFTER
    response["content"] = {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/Error"},
            "example": {
                "status": "error",
                "error": {"code": code, "message": message, "details": {}},
            },
        }
    }
    return response
