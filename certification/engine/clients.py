"""boto3 clients of Bedrock, with the account's credentials or with placeholders."""

from __future__ import annotations

import logging
import os
import threading
from functools import cache
from typing import Any, Final

import boto3
import botocore.session
from botocore.config import Config

from . import wire

logger = logging.getLogger(__name__)

# Seconds.
CONNECT_TIMEOUT: Final = 5
# If set, botocore signs with this token, and keys may be missing.
BEARER_TOKEN_VARIABLE: Final = "AWS_BEARER_TOKEN_BEDROCK"  # noqa: S105
# With these, boto3 would call another host than AWS.
ENDPOINT_VARIABLES: Final = frozenset({"AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"})


class Clients:
    """Clients of one service, created when they are first needed; one instance serves all threads.

    Without `endpoint_url`, boto3's own credential chain is used. With it, requests are signed with
    placeholder keys, so that an account's real key is never sent to another host.
    """

    def __init__(
        self, endpoint_url: str | None, connections: int, service: str = "bedrock-runtime"
    ) -> None:
        self._service = service
        self._endpoint_url = endpoint_url
        self._connections = connections
        self._has_placeholder_keys = endpoint_url is not None
        self._session: boto3.Session | None = None
        # Each client with its credentials, or None if it signs with a bearer token.
        self._clients: dict[tuple[str, int], tuple[Any, Any]] = {}
        # Creating clients from one session is not thread-safe; using them is.
        self._creation_lock = threading.Lock()

    def get(self, region: str, timeout: int) -> Any:
        """Returns a client whose credentials are valid now."""
        key = (region, timeout)
        if key not in self._clients:
            with self._creation_lock:
                if key not in self._clients:
                    self._clients[key] = self._create(region, timeout)
        client, credentials = self._clients[key]
        if credentials is not None:
            # Renews them here, so that a failure is not counted as the model's.
            credentials.get_frozen_credentials()
        return client

    def _create(self, region: str, timeout: int) -> tuple[Any, Any]:
        options: dict[str, Any] = {}
        if self._has_placeholder_keys:
            # Neither the environment's bearer token nor its proxy may be used for another host.
            options = {"signature_version": "v4", "proxies": {}}
        if self._session is None:
            self._session = (
                _session_with_placeholder_keys() if self._has_placeholder_keys else boto3.Session()
            )
        if not self._has_placeholder_keys:
            _say_what_is_ignored()
        client = self._session.client(
            self._service,
            region_name=region,
            endpoint_url=self._endpoint_url or None,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=timeout,
                retries={"mode": "standard", "total_max_attempts": 1},
                max_pool_connections=self._connections,
                # An address from elsewhere would get the account's real keys, and its answers would
                # count as AWS's.
                ignore_configured_endpoint_urls=True,
                **options,
            ),
        )
        wire.limit(client)
        signs_with_keys = self._has_placeholder_keys or BEARER_TOKEN_VARIABLE not in os.environ
        return client, self._session.get_credentials() if signs_with_keys else None


@cache
def _say_what_is_ignored() -> None:
    """Once for each process."""
    for name in ENDPOINT_VARIABLES & os.environ.keys():
        logger.warning("%s is ignored: only Homologa's own settings name another endpoint", name)


def _session_with_placeholder_keys() -> boto3.Session:
    # Ignores AWS_PROFILE, which may name a profile that does not exist.
    without_profile = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    return boto3.Session(
        aws_access_key_id="simulator",
        aws_secret_access_key="simulator",  # noqa: S106
        botocore_session=without_profile,
    )
