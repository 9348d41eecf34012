"""Asks Bedrock's control plane what a region offers: models, and profiles that lead to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.utils.translation import gettext as _

from ..offers import INFERENCE_TYPES, ON_DEMAND, PROFILE_PREFIXES, PROVISIONED

AT_A_TIME: Final = 8
CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 15
ATTEMPTS: Final = 3
# "…-v1:0:24k" is a model with another window, to be had by provisioned throughput alone.
VARIANT: Final = re.compile(r"^(?P<model>.+:\d+):[\w-]+$")
TYPE_OF_PREFIX: Final = {prefix: name for name, prefix in PROFILE_PREFIXES.items()}
LIFECYCLES: Final = ("ACTIVE", "LEGACY")


@dataclass
class Listed:
    """A model as one region lists it. `types` are inference types in the order of offers.py.

    What only a profile names has no facts but its id.
    """

    types: list[str] = field(default_factory=list)
    name: str = ""
    vendor: str = ""
    input_modalities: list[str] = field(default_factory=list)
    output_modalities: list[str] = field(default_factory=list)
    streaming: bool | None = None
    lifecycle: str = ""
    end_of_life_at: str = ""

    def add(self, types: Iterable[str]) -> None:
        found = {*self.types, *types}
        self.types = [name for name in INFERENCE_TYPES if name in found]


class CouldNotRead(Exception):
    """A region's answer did not come, or cannot be the whole truth; the message says why."""


Answer = Mapping[str, Listed]


def read(
    regions: Iterable[str], endpoint_url: str | None = None
) -> tuple[dict[str, Answer], dict[str, str]]:
    """What each region offers, by API model id, and why the others could not be read.

    Without `endpoint_url` credentials come by boto3's own chain; with it requests are signed with
    made-up ones, so that an account's real key is never sent to another host.
    """
    try:
        session = _made_up_session() if endpoint_url else boto3.Session()
    except BotoCoreError as error:
        # Such as a profile of the environment that is not there.
        return {}, dict.fromkeys(regions, str(error))
    clients: dict[str, Any] = {}
    answers: dict[str, Answer] = {}
    unread: dict[str, str] = {}
    # Making clients from one session is not thread-safe; using them is.
    for region in regions:
        try:
            clients[region] = _client(session, region, endpoint_url)
        except (BotoCoreError, ValueError) as error:
            unread[region] = str(error)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for region, found in zip(clients, pool.map(_answer_or_why, clients.values()), strict=True):
            if isinstance(found, CouldNotRead):
                unread[region] = str(found)
            else:
                answers[region] = found
    return answers, unread


def _answer_or_why(client: Any) -> Answer | CouldNotRead:
    try:
        return _answer(client)
    except CouldNotRead as error:
        return error


def _answer(client: Any) -> Answer:
    """Raises CouldNotRead."""
    found: dict[str, Listed] = {}
    try:
        for summary in client.list_foundation_models().get("modelSummaries", ()):
            _take_model(found, summary)
        pages = client.get_paginator("list_inference_profiles").paginate(
            typeEquals="SYSTEM_DEFINED"
        )
        for page in pages:
            for profile in page.get("inferenceProfileSummaries", ()):
                _take_profile(found, profile)
    except (BotoCoreError, ClientError) as error:
        raise CouldNotRead(str(error)) from error
    # What botocore parses may still have another shape.
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise CouldNotRead(
            _("The answer is not one of Bedrock's: %(error)s") % {"error": repr(error)}
        ) from error
    offered = {name: listed for name, listed in found.items() if listed.types}
    if not offered:
        # Taken at its word, it would take every offer of the region away.
        raise CouldNotRead(_("The region lists no model at all."))
    return offered


def _take_model(found: dict[str, Listed], summary: Mapping[str, Any]) -> None:
    name: str = summary["modelId"]
    types = [
        kind
        for kind in summary.get("inferenceTypesSupported", ())
        if kind in (ON_DEMAND, PROVISIONED)
    ]
    if variant := VARIANT.match(name):
        found.setdefault(variant["model"], Listed()).add(
            kind for kind in types if kind == PROVISIONED
        )
        return
    listed = found.setdefault(name, Listed())
    listed.add(types)
    listed.name = summary.get("modelName") or name
    listed.vendor = summary.get("providerName") or ""
    listed.input_modalities = list(summary.get("inputModalities", ()))
    listed.output_modalities = list(summary.get("outputModalities", ()))
    listed.streaming = summary.get("responseStreamingSupported")
    life = summary.get("modelLifecycle") or {}
    listed.lifecycle = life["status"] if life.get("status") in LIFECYCLES else ""
    end = life.get("endOfLifeTime")
    listed.end_of_life_at = end.isoformat() if isinstance(end, datetime) else ""


def _take_profile(found: dict[str, Listed], profile: Mapping[str, Any]) -> None:
    if profile.get("status", "ACTIVE") != "ACTIVE":
        return
    prefix, _, name = profile["inferenceProfileId"].partition(".")
    kind = TYPE_OF_PREFIX.get(f"{prefix}.")
    # Prefixes that we cannot call by, such as those of AWS GovCloud, offer nothing to us.
    if kind and name:
        found.setdefault(name, Listed()).add([kind])


def _client(session: boto3.Session, region: str, endpoint_url: str | None) -> Any:
    options: dict[str, Any] = {}
    if endpoint_url is not None:
        # A bearer token of the environment must not go there, nor the call through its proxy.
        options = {"signature_version": "v4", "proxies": {}}
    return session.client(
        "bedrock",
        region_name=region,
        endpoint_url=endpoint_url,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            **options,
        ),
    )


def _made_up_session() -> boto3.Session:
    # The profile of the environment may not exist, and is not wanted.
    nobody = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    return boto3.Session(
        aws_access_key_id="simulator",
        aws_secret_access_key="simulator",  # noqa: S106
        botocore_session=nobody,
    )


def gathered(seen: Mapping[str, Answer]) -> Iterator[tuple[str, dict[str, Listed]]]:
    """The same by model: its id, and what each region lists of it."""
    models: dict[str, dict[str, Listed]] = {}
    for region, answer in seen.items():
        for name, listed in answer.items():
            models.setdefault(name, {})[region] = listed
    yield from sorted(models.items())
