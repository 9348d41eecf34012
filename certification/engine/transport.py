"""How the engine reaches Bedrock: boto3's bedrock-runtime, against AWS or an endpoint URL."""

from __future__ import annotations

import json
import math
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
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
# Seconds. A client has its own for life, so a few clients serve every deadline.
READ_TIMEOUTS: Final = (90, 60, 45, 30, 20, 15, 10, 7, 5, 3, 2, 1)
# A shorter one, seconds, is the deadline's doing and not the model's.
FAIR_READ_TIMEOUT: Final = 15
CONNECT_TIMEOUT: Final = 5
# Quick refusals that a moment may mend. Not a read timeout: who is asked twice works, and bills,
# twice.
PASSING: Final = frozenset(
    {Category.THROTTLED, Category.NOT_READY, Category.SERVICE, Category.NETWORK}
)
# How long at most before each further try, and before any, where the service asks for more:
# seconds. A longer wait is the pair's, not a thread's.
PAUSES: Final = (1.0, 2.0)
LONGEST_PAUSE: Final = 5.0
# With less left after the pause, seconds, the refusal stands.
WORTHWHILE: Final = 10.0
# Takes the place of keys, which then need not be there.
BEARER: Final = "AWS_BEARER_TOKEN_BEDROCK"
# What AWS repeats of a request whose signature it refuses, and who an address says one is.
SECRETS: Final = re.compile(
    r"(?<=x-amz-security-token:)[^\s'\"]+|(?<=://)[^/@\s]+(?=@)", re.IGNORECASE
)

# What a reply of another shape makes its readers stumble on; botocore's parser trusts it, too.
MISSHAPEN: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
NOT_THERE: Final = (
    botocore_errors.InvalidRegionError,
    botocore_errors.UnknownEndpointError,
    botocore_errors.NoRegionError,
)

UNSENDABLE: Final = (
    "The request could not be sent: the credentials, or the address of the endpoint or its proxy, "
    "hold what they must not, such as a line break."
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
        # With what signs for them, where that are keys.
        self._clients: dict[tuple[str, int], tuple[Any, Any]] = {}
        # Making clients from one session is not thread-safe; using them is.
        self._making = threading.Lock()

    def converse(self, region: str, request: Json, seconds: float) -> Reply:
        answer, simulated = self._ask(region, seconds, lambda client: client.converse(**request))
        return Reply(body=answer, simulated=simulated)

    def converse_stream(self, region: str, request: Json, seconds: float) -> StreamReply:
        answer, simulated = self._ask(
            region, seconds, lambda client: client.converse_stream(**request)
        )
        return StreamReply(_events(answer["stream"], simulated, _patience(seconds)), simulated)

    def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply:
        payload = json.dumps(body)

        def call(client: Any) -> Json:
            answer = client.invoke_model(
                modelId=model_id,
                body=payload,
                contentType="application/json",
                accept="application/json",
            )
            return {**answer, "body": answer["body"].read()}

        answer, simulated = self._ask(region, seconds, call)
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
            input_tokens=_whole(headers.get("x-amzn-bedrock-input-token-count")),
            output_tokens=_whole(headers.get("x-amzn-bedrock-output-token-count")),
        )

    def _ask(self, region: str, seconds: float, call: Callable[[Any], Json]) -> tuple[Json, bool]:
        """The answer, and whether it is simulated. Asks again where that may help at once."""
        until = time.monotonic() + seconds
        for pause in PAUSES:
            try:
                return self._ask_once(region, until, call)
            except CallError as error:
                wait = max(random.uniform(0, pause), error.retry_after or 0)  # noqa: S311
                left = until - time.monotonic() - wait
                if error.category not in PASSING or wait > LONGEST_PAUSE or left < WORTHWHILE:
                    raise
            time.sleep(wait)
        return self._ask_once(region, until, call)

    def _ask_once(
        self, region: str, until: float, call: Callable[[Any], Json]
    ) -> tuple[Json, bool]:
        timeout = _patience(until - time.monotonic())
        with _translated(self._simulated, timeout):
            with _on_our_side(self._simulated):
                client = self._client(region, timeout)
            answer = call(client)
            return answer, self._simulated or _is_simulated(answer)

    def _client(self, region: str, timeout: int) -> Any:
        """One with credentials that are good now."""
        key = (region, timeout)
        if key not in self._clients:
            with self._making:
                if key not in self._clients:
                    self._clients[key] = self._new_client(region, timeout)
        client, credentials = self._clients[key]
        if credentials is not None:
            # Renews them here, not on the way to the model.
            credentials.get_frozen_credentials()
        return client

    def _new_client(self, region: str, timeout: int) -> tuple[Any, Any]:
        options: Json = {}
        if self._endpoint_url is not None:
            # A bearer token of the environment must not go there, nor the call through its proxy.
            options = {"signature_version": "v4", "proxies": {}}
        if self._session is None:
            self._session = _session_with_made_up_keys() if self._endpoint_url else boto3.Session()
        client = self._session.client(
            "bedrock-runtime",
            region_name=region,
            endpoint_url=self._endpoint_url,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=timeout,
                retries={"mode": "standard", "total_max_attempts": 1},
                max_pool_connections=self._connections,
                **options,
            ),
        )
        signs_with_keys = self._endpoint_url is not None or BEARER not in os.environ
        return client, self._session.get_credentials() if signs_with_keys else None


def _session_with_made_up_keys() -> boto3.Session:
    # The profile of the environment may not exist, and is not wanted.
    nobody = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    return boto3.Session(
        aws_access_key_id="simulator",
        aws_secret_access_key="simulator",  # noqa: S106
        botocore_session=nobody,
    )


def _patience(seconds: float) -> int:
    """The longest read timeout that fits into `seconds`."""
    return next((each for each in READ_TIMEOUTS if each <= seconds), READ_TIMEOUTS[-1])


def _events(stream: Any, simulated: bool, timeout: int) -> Iterator[Json]:
    try:
        with _translated(simulated, timeout):
            yield from stream
    finally:
        stream.close()


@contextmanager
def _on_our_side(simulated: bool) -> Iterator[None]:
    """Before the model is asked: what goes wrong here says nothing about it."""
    try:
        yield
    except (
        botocore_errors.ReadTimeoutError,
        botocore_errors.ConnectionClosedError,
        botocore_errors.ResponseStreamingError,
    ) as error:
        # By who gives a role's or a login's credentials.
        raise _failure(Category.NETWORK, str(error), simulated) from error
    except (
        botocore_errors.ClientError,
        botocore_errors.ConnectionError,
        botocore_errors.HTTPClientError,
        *NOT_THERE,
    ):
        raise
    except botocore_errors.BotoCoreError as error:
        raise _failure(Category.CREDENTIALS, str(error), simulated) from error
    except (OSError, RuntimeError, *MISSHAPEN) as error:
        text = f"{type(error).__name__}: {error}"
        raise _failure(Category.CREDENTIALS, text, simulated) from error


@contextmanager
def _translated(simulated: bool, timeout: int) -> Iterator[None]:
    """Turns every way in which botocore reports a failed call into a CallError; `timeout` is how
    long its reads could take, in seconds."""
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
        botocore_errors.InvalidEndpointConfigurationError,
        botocore_errors.ProfileNotFound,
    ) as error:
        raise _failure(Category.CREDENTIALS, str(error), simulated) from error
    except (botocore_errors.ReadTimeoutError, urllib3_errors.ReadTimeoutError) as error:
        fair = timeout >= FAIR_READ_TIMEOUT
        category = Category.TIMEOUT if fair else Category.DEADLINE
        raise _failure(category, str(error), simulated) from error
    except (
        botocore_errors.ResponseStreamingError,
        botocore_errors.IncompleteReadError,
        urllib3_errors.HTTPError,
    ) as error:
        raise _failure(Category.STREAM_BROKEN, str(error), simulated) from error
    except botocore_errors.ConnectionClosedError as error:
        # The endpoint was reached and hung up: that is not this side's network.
        raise _failure(Category.SERVICE, str(error), simulated) from error
    except botocore_errors.ConnectionError as error:
        raise _failure(Category.NETWORK, str(error), simulated) from error
    except botocore_errors.HTTPClientError as error:
        # Whatever else the HTTP client stumbled on. Its text may repeat a header that cannot be
        # sent, and that is a key or a token.
        cause = error.kwargs.get("error")
        if isinstance(cause, ValueError):
            raise _failure(Category.CREDENTIALS, UNSENDABLE, simulated) from None
        text = str(error) if isinstance(cause, OSError) else type(cause).__name__
        raise _failure(Category.NETWORK, text, simulated) from None
    except NOT_THERE as error:
        raise _failure(Category.NOT_AVAILABLE, str(error), simulated) from error
    except (ResponseParserError, EventStreamParserError, *MISSHAPEN) as error:
        text = f"The answer could not be parsed: {error}"
        raise _failure(Category.PROTOCOL, text, simulated) from error
    except botocore_errors.BotoCoreError as error:
        text = f"{type(error).__name__}: {error}"
        raise _failure(Category.INTERNAL, text, simulated) from error


def _failure(category: Category, text: str, simulated: bool, **more: Any) -> CallError:
    return CallError(category, SECRETS.sub("***", text), simulated=simulated, **more)


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
    return _failure(
        category,
        text,
        simulated or headers.get(SIMULATED_HEADER) == "true",
        code=code,
        retry_after=_seconds(headers.get("retry-after")),
    )


def _is_simulated(answer: Mapping[str, Any]) -> bool:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return bool(headers.get(SIMULATED_HEADER) == "true")


def _whole(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def _seconds(text: str | None) -> float | None:
    """Retry-After in its seconds form; its date form is not used by AWS."""
    try:
        seconds = float(text or "nan")
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
