"""What a caller may do wrong. Each error has a code to branch on, and an HTTP status, so that the
API, the command line and the admin each show them in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CertificationError(Exception):
    """`details` is JSON that says which of the given values are meant."""

    code = "certification_error"
    status = 400

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, Any] = details


class UnknownModels(CertificationError):
    code = "unknown_model"
    status = 404


class UnknownRegions(CertificationError):
    code = "unknown_region"


class LimitOutOfRange(CertificationError):
    code = "limit_out_of_range"


class UnknownChecks(CertificationError):
    code = "unknown_check"


class NotCertifiable(CertificationError):
    code = "not_certifiable"


class Duplicates(CertificationError):
    code = "duplicate"


class NothingToCertify(CertificationError):
    code = "nothing_to_certify"


class JobNotFound(CertificationError):
    code = "job_not_found"
    status = 404


class CertificationNotFound(CertificationError):
    code = "certification_not_found"
    status = 404


class DeadLetterNotFound(CertificationError):
    code = "dead_letter_not_found"
    status = 404


class ScheduleNotFound(CertificationError):
    code = "schedule_not_found"
    status = 404


class ProposalNotFound(CertificationError):
    code = "proposal_not_found"
    status = 404


class ProposalRefused(CertificationError):
    """A proposed model that nothing here could certify."""

    code = "proposal_refused"


class NothingToSync(CertificationError):
    """A look at AWS that is not the last one, or was applied before."""

    code = "nothing_to_sync"
    status = 409


class JobStateConflict(CertificationError):
    """The job is not in a state that allows what was asked."""

    code = "job_state_conflict"
    status = 409


class NothingToRetry(CertificationError):
    """No pair of the job failed, so there is nothing to certify again."""

    code = "nothing_to_retry"
    status = 409


class NothingToRequeue(CertificationError):
    """None of the dead letters still waits for an answer."""

    code = "nothing_to_requeue"
    status = 409


class KeyReused(CertificationError):
    """The same idempotency key came before with another request."""

    code = "idempotency_key_reused"
    status = 409


class UnknownFormat(CertificationError):
    code = "unknown_format"
    status = 404


class PersonNotFound(CertificationError):
    code = "person_not_found"
    status = 404


class TokenNotFound(CertificationError):
    code = "token_not_found"
    status = 404


class NameRefused(CertificationError):
    """A user name or an e-mail that is not one, or that somebody has already."""

    code = "name_refused"


class PasswordRefused(CertificationError):
    code = "password_refused"


class LifetimeRefused(CertificationError):
    code = "lifetime_refused"


class NotOnOneself(CertificationError):
    """Nobody takes their own account or role away."""

    code = "not_on_oneself"
    status = 409


class LastAdministrator(CertificationError):
    """Without this account nobody could administer any more."""

    code = "last_administrator"
    status = 409
