"""Converts a model of the registry into the engine's ModelSpec."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from certification.engine import Kind, ModelSpec, Prices, Route, RouteKind
from models_registry import offers
from models_registry.models import AIModel


def spec_of(
    model: AIModel,
    inference_types: Collection[str] = (),
    allowed: Collection[str] = offers.ROUTE_KINDS,
) -> ModelSpec:
    """Returns the spec of a model.

    `inference_types` are those that the region offers, `allowed` the kinds of routes that may be
    used: together they decide over which routes the model is called.
    """
    return ModelSpec(
        api_model_id=model.api_model_id,
        kind=Kind(model.kind),
        routes=tuple(
            Route(RouteKind(kind), id)
            for kind, id in offers.routes(model.api_model_id, inference_types)
            if kind in allowed
        ),
        vendor=model.vendor,
        capabilities=model.capabilities,
        context_window=model.context_window,
        max_output_tokens=model.max_output_tokens,
        embedding_dimension=model.embedding_dimension,
        prices=Prices(
            model.input_price,
            model.output_price,
            model.image_price,
            Decimal(1) if model.geo_price_factor is None else model.geo_price_factor,
            cache_read=model.cache_read_price,
            cache_write=model.cache_write_price,
            rerank=model.rerank_price,
        ),
    )


def no_allowed_route(api_model_id: str, region: str, allowed: Collection[str]) -> str:
    """Returns why a pair is not called if none of its routes is of the kinds in `allowed`."""
    kinds = ", ".join(allowed) or "none"
    return f"No route of {api_model_id} in {region} is of an allowed kind ({kinds})."
