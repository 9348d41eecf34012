"""Reads from Bedrock's control plane what a region offers: models and inference profiles."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Thread
from typing import Any, Final

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.utils.translation import gettext as _

from ..offers import INFERENCE_TYPES, ON_DEMAND, PROFILE_PREFIXES, PROVISIONED

PARALLEL_READS: Final = 8
CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 15
ATTEMPTS: Final = 3
# Pages of one region's profiles, and seconds for all of its answers together.
MOST_PAGES: Final = 100
MOST_SECONDS: Final = 60
# "…-v1:0:24k" is a variant with another context window, for provisioned throughput only.
VARIANT: Final = re.compile(r"^(?P<model>.+:\d+):[\w-]+$")
TYPE_OF_PREFIX: Final = {prefix: name for name, prefix in PROFILE_PREFIXES.items()}
LIFECYCLES: Final = ("ACTIVE", "LEGACY")


@dataclass
class ListedModel:
    """A model as one region lists it. `types` are inference types in the order of offers.py.

    For a model that only an inference profile names, all other fields are empty.
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


class RegionUnreadable(Exception):
    """A region could not be read, or its answer is implausible. The message says why."""


Answer = Mapping[str, ListedModel]


def read(
    regions: Iterable[str], endpoint_url: str | None = None
) -> tuple[dict[str, Answer], dict[str, str]]:
    """Returns region -> API model id -> model, and region -> error for regions that failed.

    Without `endpoint_url`, boto3's own credential chain is used. With it, requests are signed with
    placeholder keys, so that an account's real key is never sent to another host.
    """
    try:
        session = _placeholder_session() if endpoint_url else boto3.Session()
    except BotoCoreError as error:
        # For example, AWS_PROFILE names a profile that does not exist.
        return {}, dict.fromkeys(regions, str(error))
    clients: dict[str, Any] = {}
    answers: dict[str, Answer] = {}
    unread: dict[str, str] = {}
    # Creating clients from one session is not thread-safe; using them is.
    for region in regions:
        try:
            clients[region] = _client(session, region, endpoint_url)
        except (BotoCoreError, ValueError) as error:
            unread[region] = str(error)
    for region, found in _read_all(clients).items():
        if isinstance(found, RegionUnreadable):
            unread[region] = str(found)
        else:
            answers[region] = found
    return answers, unread


def _read_all(clients: Mapping[str, Any]) -> dict[str, Answer | RegionUnreadable]:
    """Reads the regions, PARALLEL_READS at a time."""
    found: dict[str, Answer | RegionUnreadable] = {}
    waiting = deque(clients.items())

    def work() -> None:
        with suppress(IndexError):
            while True:
                region, client = waiting.popleft()
                try:
                    found[region] = _answer(client)
                except RegionUnreadable as error:
                    found[region] = error

    # Nothing interrupts a read whose bytes come one by one. It is forgotten; and not in a pool, for
    # whose threads the interpreter would wait at its end.
    threads = [Thread(target=work, daemon=True) for _ in range(min(PARALLEL_READS, len(clients)))]
    # Twice: a read may have waited for a free thread.
    deadline = time.monotonic() + 2 * MOST_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    waiting.clear()
    in_time = dict(found)
    return {region: in_time.get(region, RegionUnreadable(_too_slow())) for region in clients}


def _answer(client: Any) -> Answer:
    """Raises RegionUnreadable."""
    found: dict[str, ListedModel] = {}
    deadline = time.monotonic() + MOST_SECONDS
    try:
        for summary in client.list_foundation_models()["modelSummaries"]:
            _add_model(found, summary)
        pages = client.get_paginator("list_inference_profiles").paginate(
            typeEquals="SYSTEM_DEFINED"
        )
        for number, page in enumerate(pages, start=1):
            if number > MOST_PAGES:
                raise RegionUnreadable(
                    _("Its list does not end after %(pages)s pages.") % {"pages": MOST_PAGES}
                )
            if time.monotonic() > deadline:
                raise RegionUnreadable(_too_slow())
            for profile in page["inferenceProfileSummaries"]:
                _add_profile(found, profile)
    except (BotoCoreError, ClientError) as error:
        raise RegionUnreadable(str(error)) from error
    # botocore accepts some replies of another shape.
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise RegionUnreadable(
            _("The answer is not one of Bedrock's: %(error)s") % {"error": repr(error)}
        ) from error
    offered = {name: listed for name, listed in found.items() if listed.types}
    if not offered:
        # Applying an empty answer would delete all offers of the region.
        raise RegionUnreadable(_("The region lists no model at all."))
    return offered


def _too_slow() -> str:
    return _("Its answers took more than %(seconds)s s.") % {"seconds": MOST_SECONDS}


def _add_model(found: dict[str, ListedModel], summary: Mapping[str, Any]) -> None:
    name: str = summary["modelId"]
    types = [
        kind for kind in summary["inferenceTypesSupported"] if kind in (ON_DEMAND, PROVISIONED)
    ]
    if variant := VARIANT.match(name):
        found.setdefault(variant["model"], ListedModel()).add(
            kind for kind in types if kind == PROVISIONED
        )
        return
    listed = found.setdefault(name, ListedModel())
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


def _add_profile(found: dict[str, ListedModel], profile: Mapping[str, Any]) -> None:
    if profile.get("status", "ACTIVE") != "ACTIVE":
        return
    prefix, _, name = profile["inferenceProfileId"].partition(".")
    kind = TYPE_OF_PREFIX.get(f"{prefix}.")
    # Profiles with other prefixes, such as AWS GovCloud's, cannot be called from here.
    if kind and name:
        found.setdefault(name, ListedModel()).add([kind])


def _client(session: boto3.Session, region: str, endpoint_url: str | None) -> Any:
    options: dict[str, Any] = {}
    if endpoint_url is not None:
        # Neither the environment's bearer token nor its proxy may be used for another host.
        options = {"signature_version": "v4", "proxies": {}}
    return session.client(
        "bedrock",
        region_name=region,
        endpoint_url=endpoint_url,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            # An address from elsewhere would get the account's real keys.
            ignore_configured_endpoint_urls=True,
            **options,
        ),
    )


def _placeholder_session() -> boto3.Session:
    # Ignores AWS_PROFILE, which may name a profile that does not exist.
    without_profile = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    return boto3.Session(
        aws_access_key_id="simulator",
        aws_secret_access_key="simulator",  # noqa: S106
        botocore_session=without_profile,
    )


def by_model(seen: Mapping[str, Answer]) -> Iterator[tuple[str, dict[str, ListedModel]]]:
    """Yields (API model id, region -> model), in order of the id."""
    models: dict[str, dict[str, ListedModel]] = {}
    for region, answer in seen.items():
        for name, listed in answer.items():
            models.setdefault(name, {})[region] = listed
    yield from sorted(models.items())
