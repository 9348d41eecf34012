"""The facts about a model that the engine needs in order to certify it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    TEXT = "TEXT"
    EMBEDDING = "EMBEDDING"
    IMAGE = "IMAGE"
    IMAGE_EDIT = "IMAGE_EDIT"
    RERANK = "RERANK"


class RouteKind(StrEnum):
    """How a request to a region reaches a model, from the least spread to the most.

    IN_REGION: by the model's own id; the request stays in the region
    GEO:       by an inference profile of a geography ("eu."); any region of it may answer
    GLOBAL:    by a global inference profile; any region of the world may answer
    """

    IN_REGION = "IN_REGION"
    GEO = "GEO"
    GLOBAL = "GLOBAL"


@dataclass(frozen=True)
class Route:
    """One way to call a model from a region; `id` is the model id or inference profile to name."""

    kind: RouteKind
    id: str


@dataclass(frozen=True)
class Prices:
    """USD per million tokens of input, of output, read from the prompt cache and written to it, per
    image, and per rerank query of up to 100 documents. None if unknown.

    They are those of the global route; other routes cost `geo_factor` times as much.
    """

    input: Decimal | None = None
    output: Decimal | None = None
    image: Decimal | None = None
    geo_factor: Decimal = Decimal(1)
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    rerank: Decimal | None = None

    def over(self, route: Route) -> Prices:
        """Returns the prices of a route."""
        if route.kind is RouteKind.GLOBAL or self.geo_factor == 1:
            return self

        def times(price: Decimal | None) -> Decimal | None:
            return None if price is None else price * self.geo_factor

        return Prices(
            times(self.input),
            times(self.output),
            times(self.image),
            cache_read=times(self.cache_read),
            cache_write=times(self.cache_write),
            rerank=times(self.rerank),
        )

    def of_tokens(
        self, input_tokens: int, output_tokens: int, *, cache_read: int = 0, cache_write: int = 0
    ) -> Decimal | None:
        """Returns the USD of one call; None if a price that it needs is unknown, or if its usage is
        (no input of any kind: every request has some).

        As in Bedrock's usage, `input_tokens` are without those of the cache.
        """
        if not input_tokens + cache_read + cache_write:
            return None
        spent = Decimal(0)
        for tokens, price in (
            (input_tokens, self.input),
            (output_tokens, self.output),
            (cache_read, self.cache_read),
            (cache_write, self.cache_write),
        ):
            if tokens and price is None:
                return None
            spent += tokens * (price or 0)
        return spent / 1_000_000


# A model that reasons takes half a minute for what another does in three seconds.
REASONING_TIME: Final = 3


@dataclass(frozen=True)
class ModelSpec:
    """A model as one region offers it.

    `capabilities` maps each declared ability to true or false; an ability that is not in it is
    undeclared. Windows are in tokens. `routes` are in the order in which they are tried; without
    any, the model is called by its own id.
    """

    api_model_id: str
    kind: Kind = Kind.TEXT
    routes: tuple[Route, ...] = ()
    vendor: str = ""
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    context_window: int | None = None
    max_output_tokens: int | None = None
    embedding_dimension: int | None = None
    prices: Prices = field(default_factory=Prices)

    @property
    def first_route(self) -> Route:
        return self.routes[0] if self.routes else Route(RouteKind.IN_REGION, self.api_model_id)

    @property
    def time_factor(self) -> int:
        """Returns how many times as long as another model this one may take for its checks."""
        return REASONING_TIME if self.declares("reasoning") else 1

    def declares(self, ability: str) -> bool | None:
        return self.capabilities.get(ability)
