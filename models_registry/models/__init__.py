"""The tables of the registry."""

from .aws import AwsLook, ModelProposal, ProposalStatus
from .catalogue import (
    UNSUPPORTED_KINDS,
    AIModel,
    Geography,
    Kind,
    Lifecycle,
    ModelOffer,
    Origin,
    Provider,
    Region,
)

__all__ = [
    "UNSUPPORTED_KINDS",
    "AIModel",
    "AwsLook",
    "Geography",
    "Kind",
    "Lifecycle",
    "ModelOffer",
    "ModelProposal",
    "Origin",
    "ProposalStatus",
    "Provider",
    "Region",
]
