"""The wire format: HTTP replies, AWS error bodies, event-stream frames."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

JSON = "application/json"
EVENT_STREAM = "application/vnd.amazon.eventstream"

STATUS = {
    "ValidationException": 400,
    "SerializationException": 400,
    "ServiceQuotaExceededException": 400,
    "NotAuthorized": 400,
    "AccessDeniedException": 403,
    "ExpiredTokenException": 403,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "IncompleteSignatureException": 403,
    "UnrecognizedClientException": 403,
    "ResourceNotFoundException": 404,
    "UnknownOperationException": 404,
    "ModelTimeoutException": 408,
    "ModelErrorException": 424,
    "ModelStreamErrorException": 424,
    "ThrottlingException": 429,
    "ModelNotReadyException": 429,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
}


# Follows the code in the header of an error that the service itself sends.
_NAMESPACE = ":http://internal.amazon.com/coral/com.amazon.bedrock/"
# Errors of the signature come from in front of the service.
_BEFORE_SERVICE = frozenset(
    {
        "MissingAuthenticationTokenException",
        "IncompleteSignatureException",
        "UnrecognizedClientException",
        "ExpiredTokenException",
        "InvalidSignatureException",
    }
)


class BedrockError(Exception):
    """An AWS error: `code` is the name of the exception."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def invalid(message: str) -> BedrockError:
    return BedrockError("ValidationException", message)


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer. With `frames` it is a stream, and `body` is unused.

    `first_ms` is the delay before the first byte, `pace_ms` the delay before each further frame.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    frames: tuple[bytes, ...] = field(default=())
    first_ms: float = 0.0
    pace_ms: float = 0.0


def encode(payload: Any) -> bytes:
    try:
        return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair can be sent as an escape alone.
        return json.dumps(payload, separators=(",", ":")).encode()


def refusal(error: BedrockError) -> Reply:
    namespace = "" if error.code in _BEFORE_SERVICE else _NAMESPACE
    return Reply(
        status=STATUS[error.code],
        body=encode({"message": error.message}),
        headers=(("x-amzn-ErrorType", error.code + namespace),),
    )


@lru_cache(maxsize=64)
def _headers(message_type: str, name: str) -> bytes:
    pairs = (
        (f":{message_type}-type", name),
        (":content-type", JSON),
        (":message-type", message_type),
    )
    return b"".join(
        struct.pack("!B", len(key)) + key.encode() + struct.pack("!BH", 7, len(value))
        + value.encode()
        for key, value in pairs
    )  # fmt: skip


def frame(name: str, payload: Any, message_type: str = "event") -> bytes:
    """Encodes an event-stream message: prelude, its CRC, headers, payload, CRC of all before.

    Format: https://smithy.io/2.0/aws/amazon-eventstream.html
    """
    headers = _headers(message_type, name)
    body = encode(payload)
    prelude = struct.pack("!II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + body
    return message + struct.pack("!I", zlib.crc32(message))


def exception_frame(name: str, message: str) -> bytes:
    """Encodes an error inside a stream that began with 200. `name` has a lower-case first letter,
    as in `modelStreamErrorException`."""
    return frame(name, {"message": message}, message_type="exception")
