"""The tables: jobs, pairs, their attempts, standings, workers, circuit breakers, schedules, dead
letters, the audit log and guesses of passwords."""

from .attempt import Attempt
from .audit import AuditEntry
from .circuit_breaker import CircuitBreaker, RegionFailure
from .dead_letter import DeadLetter
from .idempotent_request import IdempotentRequest
from .job import CertificationJob
from .legacy import ModelCertificationLegacy
from .pair import Evidence, JobCertification, NewPair
from .password_guess import PasswordGuess
from .schedule import Schedule
from .standing import ModelCertification
from .worker import Worker

__all__ = [
    "Attempt",
    "AuditEntry",
    "CertificationJob",
    "CircuitBreaker",
    "DeadLetter",
    "Evidence",
    "IdempotentRequest",
    "JobCertification",
    "ModelCertification",
    "ModelCertificationLegacy",
    "NewPair",
    "PasswordGuess",
    "RegionFailure",
    "Schedule",
    "Worker",
]
