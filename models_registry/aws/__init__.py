"""What Bedrock offers according to AWS: read by region, compared with the registry, applied.

`look` reads AWS and stores the answer (an AwsLook), `differences` compares it with the registry,
`apply` writes it; `accept` and `dismiss` decide on proposed models. In regions where a look was
applied, AWS takes precedence over the catalogue (see sync.py).
"""

from .applying import NothingToApply, apply
from .comparing import Differences, LifecycleChange, OfferChange, differences
from .looking import last_look, look
from .plausibility import removes_too_much
from .proposing import NoSuchProposal, UnsupportedKind, accept, dismiss, kind_of, open_proposals
from .reading import ListedModel, RegionUnreadable

__all__ = [
    "Differences",
    "LifecycleChange",
    "ListedModel",
    "NoSuchProposal",
    "NothingToApply",
    "OfferChange",
    "RegionUnreadable",
    "UnsupportedKind",
    "accept",
    "apply",
    "differences",
    "dismiss",
    "kind_of",
    "last_look",
    "look",
    "open_proposals",
    "removes_too_much",
]
