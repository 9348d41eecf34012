"""How a model is called in a region, given the ways the region offers it."""

from __future__ import annotations

from collections.abc import Collection

# The provider whose models are offered region by region.
BEDROCK = "bedrock"

ON_DEMAND = "ON_DEMAND"
PROVISIONED = "PROVISIONED"

# Nearest first. A country's profile keeps requests nearer than a continent's; a global one may be
# answered from anywhere, so it says the least about the region that is being certified.
PROFILE_PREFIXES = {
    "CA": "ca.",
    "JP": "jp.",
    "AU": "au.",
    "IN": "in.",
    "US": "us.",
    "EU": "eu.",
    "APAC": "apac.",
    "GLOBAL": "global.",
}
INFERENCE_TYPES = (ON_DEMAND, PROVISIONED, *PROFILE_PREFIXES)


def invocation_id(api_model_id: str, inference_types: Collection[str]) -> str:
    """Give the id to call `api_model_id` by where `inference_types` are offered.

    The bare id where on-demand is offered, since only that stays in the region; else the inference
    profile of the nearest geography ("us." + id), GLOBAL last. Where neither is offered (nothing
    known, or provisioned throughput only) the bare id: the provider then says why it refuses.
    """
    if ON_DEMAND not in inference_types:
        for inference_type, prefix in PROFILE_PREFIXES.items():
            if inference_type in inference_types:
                return prefix + api_model_id
    return api_model_id
