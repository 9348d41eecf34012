"""The tables: jobs, their pairs, each pair's standing, and what keeps them going."""

from .audit import AuditEntry
from .dead_letter import DeadLetter
from .gate import RegionFailure, RegionGate
from .job import CertificationJob
from .legacy import ModelCertificationLegacy
from .once import OpenedOnce
from .pair import Evidence, JobCertification, NewPair
from .policy import RecertificationPolicy
from .standing import ModelCertification
from .worker import Worker

__all__ = [
    "AuditEntry",
    "CertificationJob",
    "DeadLetter",
    "Evidence",
    "JobCertification",
    "ModelCertification",
    "ModelCertificationLegacy",
    "NewPair",
    "OpenedOnce",
    "RecertificationPolicy",
    "RegionFailure",
    "RegionGate",
    "Worker",
]
