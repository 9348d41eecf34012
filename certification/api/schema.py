"""Adapts the OpenAPI document of drf-spectacular to the envelope, the pages and the filters."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.openapi import AutoSchema

from . import pagination, schema_errors
from .schema_examples import BODIES

EVENT: Final = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"type": "string", "enum": ["job", "certification", "end"]},
        "id": {"type": "string"},
        "data": {"type": "string", "description": "JSON."},
    },
}
# A plain view, which drf-spectacular does not describe.
EVENTS_PATH: Final = "/api/certification-queue/jobs/{job_id}/events"
EVENTS: Final = {
    "operationId": "followJob",
    "description": "Returns the state of a job, then each change, as server-sent events, until the "
    "job ends: `job` with its counts, `certification` for each pair that was claimed, released or "
    "ended, `end`. A client that reconnects with Last-Event-ID misses nothing.",
    "tags": ["jobs"],
    "parameters": [
        {
            "in": "path",
            "name": "job_id",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
        },
        {"in": "header", "name": "Last-Event-ID", "schema": {"type": "string"}},
    ],
    "security": [{"knoxApiToken": []}],
    "responses": {
        "200": {
            "description": "The stream.",
            "content": {"text/event-stream": {"schema": EVENT}},
        },
        "204": {"description": "The job has ended, and the client has received its last event."},
    },
}
# The tag of operations that return files, without an envelope.
OWN_SHAPE: Final = "exports"
# Parts of paths that are UUIDs. The routes take any text, to refuse it with the resource's code.
IDS: Final = ("job_id", "certification_id", "dead_letter_id")


class PagedSchema(AutoSchema):
    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name.removesuffix('Item')}Page"


class FilterParameters(DjangoFilterExtension):  # type: ignore[no-untyped-call]
    """Adds limits, defaults and the order of choices to the parameters of filters."""

    target_class = "certification.api.filtering.StrictFilterBackend"
    priority = 1

    def get_schema_operation_parameters(
        self, auto_schema: AutoSchema, *_args: Any, **_options: Any
    ) -> list[dict[str, Any]]:
        filterset = getattr(auto_schema.view, "filters_of_action", None)
        if filterset is None:
            return []
        parameters: list[dict[str, Any]] = []
        for name, filter_ in filterset.base_filters.items():
            (parameter,) = self.resolve_filter_field(  # type: ignore[no-untyped-call]
                auto_schema, None, filterset, name, filter_
            )
            schema = parameter["schema"]
            if longest := filter_.extra.get("max_length"):
                schema |= {"minLength": 1, "maxLength": longest}
            if choices := filter_.extra.get("choices"):
                # In their own order instead of the alphabet's.
                schema.get("items", schema)["enum"] = [value for value, _label in choices]
            if name in filterset.defaults:
                schema["default"] = filterset.defaults[name]
            if name in filterset.repeatable():
                _make_array(parameter)
            parameters.append(parameter)
        return parameters


def _make_array(parameter: dict[str, Any]) -> None:
    schema = {"type": "array", "items": parameter["schema"]}
    if default := schema["items"].pop("default", None):
        schema["default"] = [default]
    parameter |= {"schema": schema, "style": "form", "explode": False}


def in_the_envelope(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Wraps every JSON answer in the envelope, adds the errors that any operation may return, and
    removes trailing slashes, which are optional."""
    schemas = result["components"].setdefault("schemas", {})
    schemas["Pagination"] = pagination.COMPONENT
    schemas = result["components"]["schemas"] = {
        **dict(sorted(schemas.items())),
        "Error": schema_errors.COMPONENT,
    }
    for name, schema in schemas.items():
        # drf-spectacular's names for serializers that read bodies (BodySerializer).
        if name.endswith("Request"):
            schema["additionalProperties"] = False
    paths = {path.rstrip("/"): rest for path, rest in result["paths"].items()}
    result["paths"] = dict(sorted({**paths, EVENTS_PATH: {"get": deepcopy(EVENTS)}}.items()))
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if OWN_SHAPE in operation["tags"]:
                    continue
                media = response.get("content", {}).get("application/json")
                if media and status.startswith("2"):
                    media["schema"] = {
                        "type": "object",
                        "required": ["status", "data"],
                        "properties": {
                            "status": {"type": "string", "enum": ["success"]},
                            "data": media["schema"],
                        },
                    }
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in IDS:
                    parameter["schema"] = {"type": "string", "format": "uuid"}
            if body := operation.get("requestBody"):
                body["content"]["application/json"]["example"] = BODIES[operation["operationId"]]
            schema_errors.add_errors(operation)
            operation["responses"] = dict(sorted(operation["responses"].items()))
    return result
