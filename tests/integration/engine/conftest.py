"""The engine's transport, connected to the simulator."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest

from bedrock_simulator.catalogue import DEFAULT_PATH
from certification.engine import (
    BedrockTransport,
    Certification,
    Deadline,
    Kind,
    ModelSpec,
    Prices,
    Route,
    RouteKind,
    certify,
)
from certification.engine import transport as transports
from models_registry import offers
from tests.integration.engine.stub_server import StubServer, serving

KNOWN_PRICES = {field.name for field in fields(Prices)}
Catalogue = dict[str, dict[str, Any]]
SimulatorApi = Callable[..., Any]
Certify = Callable[..., Certification]


@pytest.fixture(scope="session")
def transport(endpoint: str) -> BedrockTransport:
    return BedrockTransport(endpoint)


@pytest.fixture
def without_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns off the transport's retries."""
    monkeypatch.setattr(transports, "MAX_BACKOFFS", ())


@pytest.fixture
def stub_server() -> Iterator[StubServer]:
    with serving() as found:
        yield found


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    lines = DEFAULT_PATH.read_text(encoding="utf-8").splitlines()
    return {entry["id"]: entry for entry in map(json.loads, lines)}


@pytest.fixture(scope="session")
def spec_of(catalogue: Catalogue) -> Callable[..., ModelSpec]:
    """Returns a model of the catalogue as a region offers it."""

    def spec(model_id: str, region: str) -> ModelSpec:
        entry = catalogue[model_id]
        prices = {
            name: None if price is None else Decimal(str(price))
            for name, price in entry["prices"].items()
            if name in KNOWN_PRICES
        }
        return ModelSpec(
            api_model_id=model_id,
            kind=Kind(entry["kind"]),
            routes=tuple(
                Route(RouteKind(kind), id)
                for kind, id in offers.routes(model_id, entry["regions"].get(region, ()))
            ),
            vendor=entry["vendor"],
            capabilities=entry["capabilities"],
            context_window=entry["context_window"],
            max_output_tokens=entry["max_output_tokens"],
            embedding_dimension=entry["embedding_dimension"],
            prices=Prices(**prices),
        )

    return spec


@pytest.fixture
def certified(
    transport: BedrockTransport,
    spec_of: Callable[..., ModelSpec],
    catalogue: Catalogue,
    simulator_api: SimulatorApi,
) -> Certify:
    """Certifies a model of the catalogue, by default in the first region that offers it."""

    def run(model_id: str, region: str = "", seconds: float = 60) -> Certification:
        region = region or next(iter(catalogue[model_id]["regions"]))
        return certify(spec_of(model_id, region), region, transport, Deadline(seconds))

    return run
