"""The tables: what can be certified, and what AWS said when it was asked."""

from .aws import AwsLook, ModelProposal, ProposalStatus
from .catalogue import (
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
