"""The id to call a model by in a region, given the inference types that the region offers."""

from __future__ import annotations

from collections.abc import Collection

# The provider whose models are offered region by region.
BEDROCK = "bedrock"

ON_DEMAND = "ON_DEMAND"
PROVISIONED = "PROVISIONED"

# Smallest geography first. A global profile may be answered from anywhere, so its result says the
# least about the certified region.
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
    """Returns the id to call `api_model_id` by, if a region offers `inference_types`.

    With on-demand, the bare id: only such requests stay in the region. Else the inference profile
    of the smallest geography ("us." + id), GLOBAL last. With neither (no offer, or provisioned
    throughput only), the bare id: the provider's refusal then gives the reason.
    """
    if ON_DEMAND not in inference_types:
        for inference_type, prefix in PROFILE_PREFIXES.items():
            if inference_type in inference_types:
                return prefix + api_model_id
    return api_model_id
