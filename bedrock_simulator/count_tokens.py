"""CountTokens: the input tokens that a Converse request would take. Anthropic's models have it, by
their own ids only."""

from __future__ import annotations

from . import request
from .behaviours import Behaviour
from .catalogue import Catalogue, Model
from .wire import BedrockError, Reply, encode, invalid


def counted_model(models: Catalogue, identifier: str, region: str) -> Model:
    """Returns the model to count for. Raises BedrockError for any that AWS does not count for."""
    model = models.get(identifier)
    if model is None or region not in model.regions or model.vendor != "Anthropic":
        raise invalid("The provided model doesn't support counting tokens.")
    return model


def count(model: Model, behaviour: Behaviour, body: bytes) -> Reply:
    found = request.decode(body).get("input")
    converse = found.get("converse") if isinstance(found, dict) else None
    if not isinstance(converse, dict):
        raise BedrockError("SerializationException", "The input has no converse request.")
    parsed = request.read(model, behaviour, encode(converse), streamed=False)
    return Reply(body=encode({"inputTokens": parsed.input_tokens}))
