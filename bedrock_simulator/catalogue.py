"""The models that the simulator offers per region, and the resolution of model identifiers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .wire import invalid

DEFAULT_PATH = Path(__file__).resolve().parents[1] / "models_registry/catalogue/bedrock.jsonl"
PROFILE_PREFIXES = ("us", "eu", "apac", "au", "jp", "in", "ca", "global", "us-gov")
ON_DEMAND = "ON_DEMAND"
# Inference types that are not inference profiles.
NOT_PROFILES = (ON_DEMAND, "PROVISIONED")


class CatalogueError(Exception):
    """The catalogue cannot be read. The message names file and line."""


@dataclass(frozen=True, slots=True)
class Model:
    id: str
    name: str
    vendor: str
    kind: str
    input_modalities: tuple[str, ...]
    output_modalities: tuple[str, ...]
    capabilities: Mapping[str, bool]
    context_window: int | None
    max_output_tokens: int | None
    embedding_dimension: int | None
    lifecycle: str
    end_of_life: Mapping[str, str]
    regions: Mapping[str, tuple[str, ...]]

    def can(self, ability: str) -> bool:
        return self.capabilities.get(ability) is True


Catalogue = Mapping[str, Model]


def load(path: Path = DEFAULT_PATH) -> Catalogue:
    """Reads a JSON Lines catalogue, one model per line. Raises CatalogueError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CatalogueError(f"cannot read the catalogue {path}: {error.strerror}") from error
    models: dict[str, Model] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            model = _model(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CatalogueError(f"{path}, line {number}: not a model entry ({error!r})") from error
        models[model.id] = model
    if not models:
        raise CatalogueError(f"the catalogue {path} holds no model")
    return models


def _model(entry: dict[str, Any]) -> Model:
    return Model(
        id=entry["id"],
        name=entry["name"],
        vendor=entry["vendor"],
        kind=entry["kind"],
        input_modalities=tuple(entry["input_modalities"]),
        output_modalities=tuple(entry["output_modalities"]),
        capabilities=dict(entry["capabilities"]),
        context_window=entry.get("context_window"),
        max_output_tokens=entry.get("max_output_tokens"),
        embedding_dimension=entry.get("embedding_dimension"),
        lifecycle=entry["lifecycle"],
        end_of_life=dict(entry.get("end_of_life", {})),
        regions={name: tuple(kinds) for name, kinds in entry["regions"].items()},
    )


def route_kind(identifier: str, model: str) -> str:
    """Returns the kind of route that an id or ARN names: IN_REGION, GEO or GLOBAL."""
    name = identifier.rsplit("/", 1)[-1]
    if name == model:
        return "IN_REGION"
    return "GLOBAL" if name.startswith("global.") else "GEO"


def resolve(models: Catalogue, identifier: str, region: str) -> Model:
    """Returns the model of a model id, profile id or ARN in a region.

    Raises BedrockError (ValidationException), with AWS's message, if there is none, or if the model
    is offered there only through an inference profile.
    """
    name = identifier.rsplit("/", 1)[-1] if identifier.startswith("arn:") else identifier
    model, profile = models.get(name), None
    if model is None:
        prefix, _, rest = name.partition(".")
        if prefix in PROFILE_PREFIXES:
            model, profile = models.get(rest), prefix.upper()
    offered = model.regions.get(region, ()) if model else ()
    if model is None or not offered or (profile and profile not in offered):
        raise invalid("The provided model identifier is invalid.")
    if not profile and ON_DEMAND not in offered:
        raise invalid(
            f"Invocation of model ID {model.id} with on-demand throughput isn’t supported. Retry "
            "your request with the ID or ARN of an inference profile that contains this model."
        )
    return model
