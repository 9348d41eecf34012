"""What AWS itself says that Bedrock offers: read by region, compared with the registry, applied.

`look` asks and keeps the answer, `differences` tells what applying it would change, `apply`
changes it; `accept` and `dismiss` answer what is proposed. Where AWS was read and applied, it
goes before the catalogue (see sync.py).
"""

from .applying import NothingToApply, apply
from .comparing import Differences, LifecycleChange, OfferChange, differences
from .looking import last_look, look
from .proposing import NoSuchProposal, NotOfAKindWeKnow, accept, dismiss, kind_of, open_proposals
from .reading import CouldNotRead, Listed

__all__ = [
    "CouldNotRead",
    "Differences",
    "LifecycleChange",
    "Listed",
    "NoSuchProposal",
    "NotOfAKindWeKnow",
    "NothingToApply",
    "OfferChange",
    "accept",
    "apply",
    "differences",
    "dismiss",
    "kind_of",
    "last_look",
    "look",
    "open_proposals",
]
