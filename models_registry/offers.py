"""The routes by which a region reaches a model, given the inference types that it offers."""

from __future__ import annotations

from collections.abc import Collection

# The provider whose models are offered region by region.
BEDROCK = "bedrock"

ON_DEMAND = "ON_DEMAND"
PROVISIONED = "PROVISIONED"

# Kinds of routes; the engine's RouteKind has the same.
IN_REGION = "IN_REGION"
GEO = "GEO"
GLOBAL = "GLOBAL"
ROUTE_KINDS = (IN_REGION, GEO, GLOBAL)

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
    GLOBAL: "global.",
}
INFERENCE_TYPES = (ON_DEMAND, PROVISIONED, *PROFILE_PREFIXES)


def routes(api_model_id: str, inference_types: Collection[str]) -> list[tuple[str, str]]:
    """Returns the kind and id of each route by which a region offers `api_model_id`, first the one
    to prefer: in the region, then the smallest geography, GLOBAL last.

    Without any (no offer, or provisioned throughput only), the bare id: the provider's refusal then
    gives the reason.
    """
    profiles = [
        (GLOBAL if inference_type == GLOBAL else GEO, prefix + api_model_id)
        for inference_type, prefix in PROFILE_PREFIXES.items()
        if inference_type in inference_types
    ]
    in_region = [(IN_REGION, api_model_id)]
    return in_region + profiles if ON_DEMAND in inference_types else profiles or in_region


def invocation_id(api_model_id: str, inference_types: Collection[str]) -> str:
    """Returns the id of the route to prefer."""
    return routes(api_model_id, inference_types)[0][1]
