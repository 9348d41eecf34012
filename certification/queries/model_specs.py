"""Converts a model of the registry into the engine's ModelSpec."""

from __future__ import annotations

from collections.abc import Collection

from certification.engine import Kind, ModelSpec, Prices
from models_registry import offers
from models_registry.models import AIModel


def spec_of(model: AIModel, inference_types: Collection[str] = ()) -> ModelSpec:
    """Returns the spec of a model.

    `inference_types` are those that the region offers; they decide whether the model is called by
    its own id or by an inference profile's.
    """
    return ModelSpec(
        api_model_id=model.api_model_id,
        kind=Kind(model.kind),
        invocation_id=offers.invocation_id(model.api_model_id, inference_types),
        vendor=model.vendor,
        capabilities=model.capabilities,
        context_window=model.context_window,
        max_output_tokens=model.max_output_tokens,
        embedding_dimension=model.embedding_dimension,
        prices=Prices(model.input_price, model.output_price, model.image_price),
    )
