"""Calls Bedrock through boto3's `bedrock-runtime` client: AWS, or another endpoint URL."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from botocore import exceptions as botocore_errors
from botocore.eventstream import ParserError as EventStreamParserError
from botocore.parsers import ResponseParserError
from urllib3 import exceptions as urllib3_errors

from . import wire
from .classification import seconds_asked_for
from .clients import Clients
from .errors import CallError, Category, categorise

OPERATIONS: Final = (
    "Converse", "ConverseStream", "InvokeModel", "CountTokens", "GetFoundationModelAvailability",
)  # fmt: skip
# A request that names no model is refused after its signature is checked, and costs nothing.
UNKNOWN_MODEL: Final = "homologa.no-such-model-v1:0"
SIMULATED_HEADER: Final = "x-homologa-simulated"
# Seconds. A client's read timeout is fixed, so a few clients serve all deadlines. The longest is
# for models that think for minutes before the first byte of an answer that is not streamed.
READ_TIMEOUTS: Final = (180, 90, 60, 45, 30, 20, 15, 10, 7, 5, 3, 2, 1)
# Seconds. A timeout below this is counted as the deadline's (DEADLINE), not the model's (TIMEOUT).
MIN_FAIR_READ_TIMEOUT: Final = 15
# Quick refusals that may succeed a moment later. Not read timeouts: the model may still be working,
# and a second call is billed too.
RETRIED_AT_ONCE: Final = frozenset(
    {Category.THROTTLED, Category.NOT_READY, Category.SERVICE, Category.NETWORK}
)
# Seconds: the upper bound of the random wait before each retry, and the longest Retry-After that is
# honoured here. For a longer one the pair itself is retried later, which frees the thread.
MAX_BACKOFFS: Final = (1.0, 2.0)
MAX_WAIT: Final = 5.0
# Seconds that must be left after the wait; with less the call is not retried.
MIN_TIME_LEFT: Final = 10.0
# Raised by code that reads a reply of an unexpected shape, botocore's parser included.
MALFORMED_REPLY_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
UNKNOWN_REGION_ERRORS: Final = (
    botocore_errors.InvalidRegionError,
    botocore_errors.UnknownEndpointError,
    botocore_errors.NoRegionError,
)

UNSENDABLE_TEXT: Final = (
    "The request could not be sent: the credentials, or the address of the endpoint or its proxy, "
    "hold what they must not, such as a line break."
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One whole response: Bedrock's JSON, and whether a simulator sent it."""

    body: Json
    simulated: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True)
class StreamReply:
    """A stream that has started: its events in order, each `{kind: content}`."""

    events: Iterator[Json]
    simulated: bool = False


class Transport(Protocol):
    """Every method raises CallError, and nothing else, if the call fails.

    endpoint: the URL that is called in AWS's place; "" for AWS itself
    seconds:  the rest of the pair's time
    """

    endpoint: str

    def converse(self, region: str, request: Json, seconds: float) -> Reply: ...

    def converse_stream(self, region: str, request: Json, seconds: float) -> StreamReply: ...

    def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply: ...

    def count_tokens(self, region: str, request: Json, seconds: float) -> Reply: ...


class BedrockTransport:
    """Bedrock over boto3; one instance serves all threads.

    Without `endpoint_url`, boto3's own credential chain is used. With it, requests are signed with
    placeholder keys, so that an account's real key is never sent to another host. `control_url` is
    the same for the control plane; without it, `endpoint_url` has none, and AWS is not asked.

    `simulated` is whether every answer counts as simulated; otherwise those that say so do.
    """

    def __init__(
        self,
        endpoint_url: str | None = None,
        *,
        control_url: str | None = None,
        connections: int = 64,
        simulated: bool = True,
    ) -> None:
        self.endpoint = endpoint_url or ""
        self._simulated = simulated and endpoint_url is not None
        self._clients = Clients(endpoint_url, connections)
        self._control: Clients | None = None
        if endpoint_url is None or control_url is not None:
            self._control = Clients(control_url, connections, "bedrock")

    def converse(self, region: str, request: Json, seconds: float) -> Reply:
        answer, simulated = self._call_with_retries(
            "Converse", region, seconds, lambda client: client.converse(**request)
        )
        return Reply(body=answer, simulated=simulated)

    def converse_stream(self, region: str, request: Json, seconds: float) -> StreamReply:
        answer, simulated = self._call_with_retries(
            "ConverseStream", region, seconds, lambda client: client.converse_stream(**request)
        )
        stream = wire.in_whole_events(answer["stream"])
        return StreamReply(_events(stream, simulated, _read_timeout(seconds)), simulated)

    def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply:
        payload = json.dumps(body)

        def call(client: Any) -> Json:
            answer = client.invoke_model(
                modelId=model_id,
                body=payload,
                contentType="application/json",
                accept="application/json",
            )
            whole = answer["body"].read()
            wire.check_items(whole)
            return {**answer, "body": whole}

        answer, simulated = self._call_with_retries("InvokeModel", region, seconds, call)
        try:
            parsed = json.loads(answer["body"])
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
            input_tokens=_int_or_none(headers.get("x-amzn-bedrock-input-token-count")),
            output_tokens=_int_or_none(headers.get("x-amzn-bedrock-output-token-count")),
        )

    def accepts_credentials(self, region: str, seconds: float) -> bool:
        """Returns whether a region knows the credentials. Costs nothing."""
        request = {
            "modelId": UNKNOWN_MODEL,
            "messages": [{"role": "user", "content": [{"text": "."}]}],
        }
        expires = time.monotonic() + seconds
        try:
            self._call_once("Converse", region, expires, lambda each: each.converse(**request))
        except CallError as error:
            is_of_service = bool(error.code) and not error.code.isdigit()
            return is_of_service and error.category is not Category.CREDENTIALS
        return True

    def availability(self, region: str, model_id: str, seconds: float) -> Json:
        """Returns the answer of GetFoundationModelAvailability, or nothing if there is none. Costs
        nothing."""
        if self._control is None:
            return {}
        name, expires = "GetFoundationModelAvailability", time.monotonic() + seconds
        try:
            answer, _simulated = self._call_once(
                name,
                region,
                expires,
                lambda each: each.get_foundation_model_availability(modelId=model_id),
                self._control,
            )
        except CallError:
            return {}
        return answer

    def count_tokens(self, region: str, request: Json, seconds: float) -> Reply:
        answer, simulated = self._call_with_retries(
            "CountTokens", region, seconds, lambda client: client.count_tokens(**request)
        )
        return Reply(body=answer, simulated=simulated)

    def _call_with_retries(
        self, operation: str, region: str, seconds: float, call: Callable[[Any], Json]
    ) -> tuple[Json, bool]:
        """Returns the answer, and whether it is simulated. Retries quick, transient refusals."""
        expires = time.monotonic() + seconds
        for pause in MAX_BACKOFFS:
            try:
                return self._call_once(operation, region, expires, call)
            except CallError as error:
                wait = max(random.uniform(0, pause), error.retry_after or 0)  # noqa: S311
                left = expires - time.monotonic() - wait
                if error.category not in RETRIED_AT_ONCE or wait > MAX_WAIT or left < MIN_TIME_LEFT:
                    raise
            time.sleep(wait)
        return self._call_once(operation, region, expires, call)

    def _call_once(
        self,
        operation: str,
        region: str,
        expires: float,
        call: Callable[[Any], Json],
        clients: Clients | None = None,
    ) -> tuple[Json, bool]:
        timeout = _read_timeout(expires - time.monotonic())
        with _as_call_errors(self._simulated, timeout):
            with _before_the_call():
                client = (clients or self._clients).get(region, timeout)
            with wire.limited(operation, expires - time.monotonic()):
                answer = call(client)
            headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
            return answer, self._simulated or headers.get(SIMULATED_HEADER) == "true"


def _read_timeout(seconds: float) -> int:
    """Returns the longest of READ_TIMEOUTS that fits into `seconds`, else the shortest."""
    return next((each for each in READ_TIMEOUTS if each <= seconds), READ_TIMEOUTS[-1])


def _events(stream: Any, simulated: bool, timeout: int) -> Iterator[Json]:
    try:
        with _as_call_errors(simulated, timeout):
            yield from stream
    finally:
        stream.close()


@contextmanager
def _before_the_call() -> Iterator[None]:
    """Maps errors from before the call, such as from loading credentials: none is the model's."""
    try:
        yield
    except (
        botocore_errors.ReadTimeoutError,
        botocore_errors.ConnectionClosedError,
        botocore_errors.ResponseStreamingError,
    ) as error:
        # Raised by the credential provider (STS, SSO, the instance's metadata).
        raise CallError(Category.NETWORK, str(error)) from error
    except (
        botocore_errors.ClientError,
        botocore_errors.ConnectionError,
        botocore_errors.HTTPClientError,
        *UNKNOWN_REGION_ERRORS,
    ):
        raise
    except botocore_errors.BotoCoreError as error:
        raise CallError(Category.CREDENTIALS, str(error)) from error
    except (OSError, RuntimeError, *MALFORMED_REPLY_ERRORS) as error:
        text = f"{type(error).__name__}: {error}"
        raise CallError(Category.CREDENTIALS, text) from error


@contextmanager
def _as_call_errors(simulated: bool, timeout: int) -> Iterator[None]:
    """Raises CallError in place of the exceptions of a failed call; `timeout` is the client's read
    timeout in seconds."""
    try:
        with _mapped(timeout):
            yield
    except CallError as error:
        error.simulated |= simulated
        raise


@contextmanager
def _mapped(timeout: int) -> Iterator[None]:
    try:
        yield
    except botocore_errors.ClientError as error:
        raise _service_error(error) from error
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
        botocore_errors.InvalidEndpointConfigurationError,
        botocore_errors.ProfileNotFound,
    ) as error:
        raise CallError(Category.CREDENTIALS, str(error)) from error
    except (botocore_errors.ReadTimeoutError, urllib3_errors.ReadTimeoutError) as error:
        fair = timeout >= MIN_FAIR_READ_TIMEOUT
        category = Category.TIMEOUT if fair else Category.DEADLINE
        raise CallError(category, str(error)) from error
    except (
        botocore_errors.ResponseStreamingError,
        botocore_errors.IncompleteReadError,
        urllib3_errors.HTTPError,
    ) as error:
        raise CallError(Category.STREAM_BROKEN, str(error)) from error
    except botocore_errors.ConnectionClosedError as error:
        # The endpoint was reached and closed the connection: not a fault of the local network.
        raise CallError(Category.SERVICE, str(error)) from error
    except botocore_errors.ConnectionError as error:
        raise CallError(Category.NETWORK, str(error)) from error
    except botocore_errors.HTTPClientError as error:
        # Any other error of the HTTP client. For a header that cannot be sent its text repeats the
        # value, which is a key or a token.
        cause = error.kwargs.get("error")
        if isinstance(cause, CallError | wire.Stopped):
            # Raised while botocore read the answer.
            raise cause from None
        if isinstance(cause, ValueError):
            raise CallError(Category.CREDENTIALS, UNSENDABLE_TEXT) from None
        text = str(error) if isinstance(cause, OSError) else type(cause).__name__
        raise CallError(Category.NETWORK, text) from None
    except UNKNOWN_REGION_ERRORS as error:
        raise CallError(Category.NOT_AVAILABLE, str(error)) from error
    except (ResponseParserError, EventStreamParserError, *MALFORMED_REPLY_ERRORS) as error:
        text = f"The answer could not be parsed: {error}"
        raise CallError(Category.PROTOCOL, text) from error
    except botocore_errors.BotoCoreError as error:
        text = f"{type(error).__name__}: {error}"
        raise CallError(Category.INTERNAL, text) from error


def _service_error(error: botocore_errors.ClientError, simulated: bool = False) -> CallError:
    response: Mapping[str, Any] = error.response
    code = str(response.get("Error", {}).get("Code", ""))
    text = str(response.get("Error", {}).get("Message", "")) or str(error)
    metadata = response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode") or 0)
    headers = metadata.get("HTTPHeaders", {})
    wait = _seconds(headers.get("retry-after"))
    category = categorise(code, text, status)
    if category is Category.PROTOCOL:
        text = f"HTTP {status} without an error of AWS: {text}"
    if error.operation_name not in OPERATIONS:
        # From the credential provider (STS, SSO): the model was not called.
        category = Category.CREDENTIALS
    return CallError(
        category,
        text,
        simulated=simulated or headers.get(SIMULATED_HEADER) == "true",
        code=code,
        retry_after=seconds_asked_for(text) if wait is None else wait,
    )


def _int_or_none(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def _seconds(text: str | None) -> float | None:
    """Parses Retry-After in seconds. AWS does not use its date form."""
    try:
        seconds = float(text or "nan")
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
