"""The control plane (`bedrock`): models, inference profiles and model availability by region."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from .behaviours import behaviour_of
from .catalogue import NOT_PROFILES, Catalogue, Model
from .refusals import UNAVAILABLE
from .wire import BedrockError, Reply, encode, invalid

_ACCOUNT = "123456789012"
_PAGE = 50
_MAX_PAGE = 1000


def _arn(model: Model, region: str) -> str:
    return f"arn:aws:bedrock:{region}::foundation-model/{model.id}"


def _summary(model: Model, region: str) -> dict[str, Any]:
    offered = [kind for kind in model.regions.get(region, ()) if kind in NOT_PROFILES]
    lifecycle = {"status": model.lifecycle}
    if end := model.end_of_life.get(region, model.end_of_life.get("all")):
        lifecycle |= {"status": "LEGACY", "endOfLifeTime": f"{end}T00:00:00Z"}
    return {
        "modelArn": _arn(model, region),
        "modelId": model.id,
        "modelName": model.name,
        "providerName": model.vendor,
        "inputModalities": list(model.input_modalities),
        "outputModalities": list(model.output_modalities),
        "responseStreamingSupported": model.can("streaming"),
        "customizationsSupported": [],
        "inferenceTypesSupported": offered or ["INFERENCE_PROFILE"],
        "modelLifecycle": lifecycle,
    }


def list_models(models: Catalogue, region: str, query: Mapping[str, str]) -> Reply:
    found = [_summary(model, region) for model in models.values() if region in model.regions]
    if provider := query.get("byProvider"):
        found = [one for one in found if one["providerName"].lower() == provider.lower()]
    if modality := query.get("byOutputModality"):
        found = [one for one in found if modality in one["outputModalities"]]
    if inference := query.get("byInferenceType"):
        found = [one for one in found if inference in one["inferenceTypesSupported"]]
    return Reply(body=encode({"modelSummaries": found}))


def get_model(models: Catalogue, region: str, identifier: str) -> Reply:
    model = models.get(identifier.rsplit("/", 1)[-1])
    if model is None or region not in model.regions:
        raise BedrockError(
            "ResourceNotFoundException", "The foundation model you requested was not found."
        )
    return Reply(body=encode({"modelDetails": _summary(model, region)}))


def list_profiles(models: Catalogue, region: str, query: Mapping[str, str]) -> Reply:
    """Lists system-defined profiles by page of `maxResults` (1 to 1000, by default 50)."""
    kind = query.get("type", query.get("typeEquals", "SYSTEM_DEFINED"))
    if kind not in ("SYSTEM_DEFINED", "APPLICATION"):
        raise invalid("The type must be SYSTEM_DEFINED or APPLICATION.")
    size_text = query.get("maxResults", str(_PAGE))
    if not size_text.isdecimal() or not 1 <= int(size_text) <= _MAX_PAGE:
        raise invalid(f"The maxResults must be a number from 1 to {_MAX_PAGE}.")
    start, size = _offset(query.get("nextToken")), int(size_text)
    profiles = [
        _profile(model, tag, region)
        for model in models.values()
        for tag in model.regions.get(region, ())
        if tag not in NOT_PROFILES and kind == "SYSTEM_DEFINED"
    ]
    page: dict[str, Any] = {"inferenceProfileSummaries": profiles[start : start + size]}
    if start + size < len(profiles):
        page["nextToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return Reply(body=encode(page))


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError) as error:
        raise invalid("The nextToken is not valid.") from error


def _profile(model: Model, tag: str, region: str) -> dict[str, Any]:
    identifier = f"{tag.lower()}.{model.id}"
    inside = [name for name, tags in model.regions.items() if tag in tags]
    return {
        "inferenceProfileName": f"{tag} {model.name}",
        "description": f"Routes requests to {model.name} through {tag} regions.",
        "inferenceProfileArn": (
            f"arn:aws:bedrock:{region}:{_ACCOUNT}:inference-profile/{identifier}"
        ),
        "models": [{"modelArn": _arn(model, name)} for name in inside],
        "inferenceProfileId": identifier,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


def availability(models: Catalogue, region: str, identifier: str, refusal: str) -> Reply:
    """Says what the account lacks for a model; `refusal` is the fault that its calls get."""
    model = models.get(identifier)
    if model is None:
        raise BedrockError(
            "ResourceNotFoundException", "The foundation model you requested was not found."
        )
    missing = UNAVAILABLE.get(refusal or behaviour_of(model.id, region).refusal)
    offered = "AVAILABLE" if region in model.regions else "NOT_AVAILABLE"
    agreement = "NOT_AVAILABLE" if missing == "agreementAvailability" else "AVAILABLE"
    denied = missing == "authorizationStatus"
    return Reply(
        body=encode(
            {
                "modelId": model.id,
                "agreementAvailability": {"status": agreement},
                "authorizationStatus": "NOT_AUTHORIZED" if denied else "AUTHORIZED",
                "entitlementAvailability": "NOT_AVAILABLE" if missing else "AVAILABLE",
                "regionAvailability": offered,
            }
        )
    )
