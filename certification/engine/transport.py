"""How the engine reaches Bedrock: boto3's bedrock-runtime, against AWS or an endpoint URL."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import boto3
import botocore.session
from botocore import exceptions as botocore_errors
from botocore.config import Config
from botocore.eventstream import ParserError as EventStreamParserError
from botocore.parsers import ResponseParserError
from urllib3 import exceptions as urllib3_errors

from .errors import CallError, Category, categorise

OPERATIONS: Final = ("Converse", "ConverseStream", "InvokeModel")
SIMULATED_HEADER: Final = "x-homologa-simulated"
# Read timeout in seconds, and attempts. A client has them for life, so a few clients serve every
# deadline.
PATIENCE: Final = ((90, 3), (60, 3), (30, 3), (10, 3), (10, 1), (3, 1), (1, 1))
CONNECT_TIMEOUT: Final = 5

# What a reply of another shape makes its readers stumble on; botocore's parser trusts it, too.
MISSHAPEN: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

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
        # What is signed with made-up credentials cannot have been answered by AWS.
        self._simulated = endpoint_url is not None
        self._connections = connections
        self._session: boto3.Session | None = None
        self._clients: dict[tuple[str, int, int], Any] = {}
        # Making clients from one session is not thread-safe; using them is.
        self._making = threading.Lock()

    def converse(self, region: str, request: Json, seconds: float) -> Reply:
        with _translated(self._simulated):
            answer = self._client(region, seconds).converse(**request)
            simulated = self._simulated or _is_simulated(answer)
        return Reply(body=answer, simulated=simulated)

    def converse_stream(self, region: str, request: Json, seconds: float) -> StreamReply:
        with _translated(self._simulated):
            answer = self._client(region, seconds).converse_stream(**request)
            simulated = self._simulated or _is_simulated(answer)
        return StreamReply(_events(answer["stream"], simulated), simulated)

    def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply:
        payload = json.dumps(body)
        with _translated(self._simulated):
            answer = self._client(region, seconds).invoke_model(
                modelId=model_id,
                body=payload,
                contentType="application/json",
                accept="application/json",
            )
            raw = answer["body"].read()
        simulated = self._simulated or _is_simulated(answer)
        try:
            parsed = json.loads(raw)
            if not isinstance(parsed, dict):
                raise ValueError("not an object")
        except (ValueError, RecursionError) as error:
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
        """The most patient one that still fits, all attempts counted, into what is left."""
        timeout, attempts = next(
            (
                (timeout, attempts)
                for timeout, attempts in PATIENCE
                if timeout * attempts <= seconds
            ),
            PATIENCE[-1],
        )
        key = (region, timeout, attempts)
        client = self._clients.get(key)
        if client is None:
            with self._making:
                client = self._clients.get(key)
                if client is None:
                    client = self._clients[key] = self._new_client(region, timeout, attempts)
        return client

    def _new_client(self, region: str, timeout: int, attempts: int) -> Any:
        options: Json = {}
        if self._endpoint_url is not None:
            # A bearer token of the environment must not go there, nor the call through its proxy.
            options = {"signature_version": "v4", "proxies": {}}
        if self._session is None:
            self._session = _session_with_made_up_keys() if self._endpoint_url else boto3.Session()
        return self._session.client(
            "bedrock-runtime",
            region_name=region,
            endpoint_url=self._endpoint_url,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=timeout,
                retries={"mode": "standard", "total_max_attempts": attempts},
                max_pool_connections=self._connections,
                **options,
            ),
        )


def _session_with_made_up_keys() -> boto3.Session:
    # The profile of the environment may not exist, and is not wanted.
    nobody = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    return boto3.Session(
        aws_access_key_id="simulator",
        aws_secret_access_key="simulator",  # noqa: S106
        botocore_session=nobody,
    )


def _events(stream: Any, simulated: bool) -> Iterator[Json]:
    try:
        with _translated(simulated):
            yield from stream
    finally:
        stream.close()


@contextmanager
def _translated(simulated: bool) -> Iterator[None]:
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
        botocore_errors.NoAuthTokenError,
        botocore_errors.SSOError,
        botocore_errors.MetadataRetrievalError,
        botocore_errors.ConfigNotFound,
        botocore_errors.ConfigParseError,
        botocore_errors.InvalidConfigError,
        botocore_errors.ProfileNotFound,
    ) as error:
        raise CallError(Category.CREDENTIALS, str(error), simulated=simulated) from error
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
        raise CallError(Category.NOT_AVAILABLE, str(error), simulated=simulated) from error
    except (ResponseParserError, EventStreamParserError, *MISSHAPEN) as error:
        raise CallError(
            Category.PROTOCOL, f"The answer could not be parsed: {error}", simulated=simulated
        ) from error
    except botocore_errors.BotoCoreError as error:
        raise CallError(
            Category.INTERNAL, f"{type(error).__name__}: {error}", simulated=simulated
        ) from error


def _service_error(error: botocore_errors.ClientError, simulated: bool) -> CallError:
    response: Mapping[str, Any] = error.response
    code = str(response.get("Error", {}).get("Code", ""))
    text = str(response.get("Error", {}).get("Message", "")) or str(error)
    metadata = response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode") or 0)
    headers = metadata.get("HTTPHeaders", {})
    category = categorise(code, text, status)
    if error.operation_name not in OPERATIONS:
        # Refused on the way to a role's or a login's credentials: the model was not asked.
        category = Category.CREDENTIALS
    return CallError(
        category,
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
        seconds = float(text or "nan")
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
