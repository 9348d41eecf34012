"""Certifies one model in one region: `certify(model, region, transport, deadline)`.

Pure Python: no Django, no database; the only clock is the deadline's.
"""

from .account import Account, Refusals
from .certification import Certification, not_judged
from .check import CheckError, CheckResult, Status
from .deadline import Deadline
from .errors import POLICIES, Category, Scope
from .model import Kind, ModelSpec, Prices, Route, RouteKind
from .routes import RouteOutcome, RouteResult
from .runner import certify
from .suite import CHECK_IDS, ON_DEMAND, suite_for, suite_version
from .transport import BedrockTransport, Transport
from .verdict import Verdict
from .wire import Stopped

__all__ = [
    "CHECK_IDS",
    "ON_DEMAND",
    "POLICIES",
    "Account",
    "BedrockTransport",
    "Category",
    "Certification",
    "CheckError",
    "CheckResult",
    "Deadline",
    "Kind",
    "ModelSpec",
    "Prices",
    "Refusals",
    "Route",
    "RouteKind",
    "RouteOutcome",
    "RouteResult",
    "Scope",
    "Status",
    "Stopped",
    "Transport",
    "Verdict",
    "certify",
    "not_judged",
    "suite_for",
    "suite_version",
]
