"""The tables: jobs, their pairs, each pair's standing, and the workers."""

from .job import CertificationJob
from .once import OpenedOnce
from .pair import Evidence, JobCertification, NewPair
from .standing import ModelCertification
from .worker import Worker

__all__ = [
    "CertificationJob",
    "Evidence",
    "JobCertification",
    "ModelCertification",
    "NewPair",
    "OpenedOnce",
    "Worker",
]
