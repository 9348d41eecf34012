"""How the engine reaches Bedrock: boto3's bedrock-runtime, against AWS or an endpoint URL."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import boto3
from botocore import exceptions as botocore_errors
from botocore.config import Config
from botocore.eventstream import ParserError as EventStreamParserError
from botocore.parsers import ResponseParserError
from urllib3 import exceptions as urllib3_errors

from .errors import CallError, Category, categorise

SIMULATED_HEADER: Final = "x-homologa-simulated"
ATTEMPTS: Final = 3
# Read timeouts, seconds. A client has one for life, so a few clients serve every deadline.
READ_TIMEOUTS: Final = (90, 30, 10, 3)
CONNECT_TIMEOUT: Final = 5

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One whole answer: Bedrock's JSON, and whether a simulator gave it."""

    body: Json
    simulated: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True)
class StreamReply:
    """A stream that has begun: its events in order, each `{kind: content}`."""

    events: Iterator[Json]
    simulated: bool = False


class Transport(Protocol):
    """Every method raises CallError, and nothing else, when no answer comes.

    `seconds` is what is left of the pair's time.
    """

    def converse(self, region: str, request: Json, seconds: float) -> Reply: ...

    def converse_stream(self, region: str, request: Json, seconds: float) -> StreamReply: ...

    def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply: ...


class BedrockTransport:
    """Bedrock over boto3; one instance serves all threads.

    Without `endpoint_url`, credentials come by boto3's own chain. With it, requests are signed
    with made-up ones, so that an account's real key is never sent to another host.
    """

    def __init__(self, endpoint_url: str | None = None, *, connections: int = 64) -> None:
        self._endpoint_url = endpoint_url
        self._connections = connections
        self._session = boto3.Session(
            **(
                {"aws_access_key_id": "simulator", "aws_secret_access_key": "simulator"}
                if endpoint_url
                else {}
            )
        )
        self._clients: dict[tuple[str, int], Any] = {}
        # Making clients from one session is not thread-safe; using them is.
        self._making = threading.Lock()

    def converse(self, region: str, request: Json, seconds: float) -> Reply:
        with _translated():
            answer = self._client(region, seconds).converse(**request)
        return Reply(body=answer, simulated=_is_simulated(answer))

    def converse_stream(self, region: str, request: Json, seconds: float) -> StreamReply:
        with _translated():
            answer = self._client(region, seconds).converse_stream(**request)
        simulated = _is_simulated(answer)
        return StreamReply(_events(answer["stream"], simulated), simulated)

    def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply:
        with _translated():
            answer = self._client(region, seconds).invoke_model(
                modelId=model_id,
                body=json.dumps(body),
                contentType="application/json",
                accept="application/json",
            )
            raw = answer["body"].read()
        simulated = _is_simulated(answer)
        try:
            parsed = json.loads(raw)
            if not isinstance(parsed, dict):
                raise ValueError("not an object")
        except ValueError as error:
            raise CallError(
                Category.PROTOCOL, f"The body is not a JSON object: {error}", simulated=simulated
            ) from error
        headers = answer["ResponseMetadata"].get("HTTPHeaders", {})
        return Reply(
            body=parsed,
            simulated=simulated,
            input_tokens=_whole(headers.get("x-amzn-bedrock-input-token-count")),
            output_tokens=_whole(headers.get("x-amzn-bedrock-output-token-count")),
        )

    def _client(self, region: str, seconds: float) -> Any:
        """The longest read timeout that still fits, all attempts counted, into what is left."""
        timeout = next((t for t in READ_TIMEOUTS if t * ATTEMPTS <= seconds), READ_TIMEOUTS[-1])
        key = (region, timeout)
        client = self._clients.get(key)
        if client is None:
            with self._making:
                client = self._clients.get(key)
                if client is None:
                    client = self._clients[key] = self._session.client(
                        "bedrock-runtime",
                        region_name=region,
                        endpoint_url=self._endpoint_url,
                        config=Config(
                            connect_timeout=CONNECT_TIMEOUT,
                            read_timeout=timeout,
                            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                            max_pool_connections=self._connections,
                            **({"signature_version": "v4", "proxies": {}} if self._endpoint_url else {}),
                        ),
                    )
        return client


def _events(stream: Any, simulated: bool) -> Iterator[Json]:
    try:
        with _translated(simulated=simulated):
            yield from stream
    finally:
        stream.close()


@contextmanager
def _translated(*, simulated: bool = False) -> Iterator[None]:
    """Turns every way in which botocore reports a failed call into a CallError."""
    try:
        yield
    except botocore_errors.ClientError as error:
        raise _service_error(error, simulated) from error
    except (
        botocore_errors.NoCredentialsError,
        botocore_errors.PartialCredentialsError,
        botocore_errors.CredentialRetrievalError,
        botocore_errors.TokenRetrievalError,
        botocore_errors.UnauthorizedSSOTokenError,
        botocore_errors.ProfileNotFound,
    ) as error:
        raise CallError(Category.CREDENTIALS, str(error)) from error
    except (botocore_errors.ReadTimeoutError, urllib3_errors.ReadTimeoutError) as error:
        raise CallError(Category.TIMEOUT, str(error), simulated=simulated) from error
    except (
        botocore_errors.ResponseStreamingError,
        botocore_errors.IncompleteReadError,
        urllib3_errors.HTTPError,
    ) as error:
        raise CallError(Category.STREAM_BROKEN, str(error), simulated=simulated) from error
    except botocore_errors.ConnectionClosedError as error:
        # The endpoint was reached and hung up: that is not this side's network.
        raise CallError(Category.SERVICE, str(error), simulated=simulated) from error
    except (botocore_errors.ConnectionError, botocore_errors.HTTPClientError) as error:
        raise CallError(Category.NETWORK, str(error), simulated=simulated) from error
    except (
        botocore_errors.InvalidRegionError,
        botocore_errors.UnknownEndpointError,
        botocore_errors.NoRegionError,
    ) as error:
        raise CallError(Category.NOT_AVAILABLE, str(error)) from error
    except (ResponseParserError, EventStreamParserError, UnicodeDecodeError) as error:
        raise CallError(
            Category.PROTOCOL, f"The answer could not be parsed: {error}", simulated=simulated
        ) from error


def _service_error(error: botocore_errors.ClientError, simulated: bool) -> CallError:
    response: Mapping[str, Any] = error.response
    code = str(response.get("Error", {}).get("Code", ""))
    text = str(response.get("Error", {}).get("Message", "")) or str(error)
    metadata = response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode") or 0)
    headers = metadata.get("HTTPHeaders", {})
    return CallError(
        categorise(code, text, status),
        text,
        code=code,
        retry_after=_seconds(headers.get("retry-after")),
        simulated=simulated or headers.get(SIMULATED_HEADER) == "true",
    )


def _is_simulated(answer: Mapping[str, Any]) -> bool:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return bool(headers.get(SIMULATED_HEADER) == "true")


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _seconds(text: str | None) -> float | None:
    """Retry-After in its seconds form; its date form is not used by AWS."""
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None
