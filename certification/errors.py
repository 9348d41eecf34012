"""Errors of callers. Each has a machine-readable code and an HTTP status; the API, the admin and
the command line each show them in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CertificationError(Exception):
    """`details` (JSON) holds the values that caused the error; `message` is translated."""

    code = "certification_error"
    status = 400
    # Seconds after which another attempt may help; 0: it does not.
    retry_after = 0

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: Mapping[str, Any] = details


class UnknownModels(CertificationError):
    code = "unknown_model"
    status = 404


class UnknownRegions(CertificationError):
    code = "unknown_region"


class RegionNotFound(UnknownRegions):
    """The region that a path names is unknown."""

    status = 404


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


class NoCondition(CertificationError):
    """What is to be certified again is not narrowed, and nobody said that all of it is meant."""

    code = "no_condition"


class JobNotFound(CertificationError):
    code = "job_not_found"
    status = 404


class CertificationNotFound(CertificationError):
    code = "certification_not_found"
    status = 404


class StandingNotFound(CertificationError):
    """The model was never in a job in this region."""

    code = "standing_not_found"
    status = 404


class BadgeNotFound(CertificationError):
    """There is no such badge, or it is not public: one answer for both."""

    code = "badge_not_found"
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
    """No check fits the modalities of the proposed model."""

    code = "proposal_refused"


class NothingToSync(CertificationError):
    """This look at AWS is not the newest one, or was applied before."""

    code = "nothing_to_sync"
    status = 409


class JobStateConflict(CertificationError):
    """The job's state does not allow this action."""

    code = "job_state_conflict"
    status = 409


class NothingToRetry(CertificationError):
    """The job has no failed, blocked or inconclusive pair."""

    code = "nothing_to_retry"
    status = 409


class NothingToRequeue(CertificationError):
    """None of the dead letters is OPEN or REQUEUED."""

    code = "nothing_to_requeue"
    status = 409


class KeyReused(CertificationError):
    """The idempotency key was used before, with a different request."""

    code = "idempotency_key_reused"
    status = 409


class UnknownFormat(CertificationError):
    code = "unknown_format"
    status = 404


class TooManyExports(CertificationError):
    """This person has as many exports under way as are allowed."""

    code = "too_many_exports"
    status = 429
    retry_after = 15


class PersonNotFound(CertificationError):
    code = "person_not_found"
    status = 404


class TokenNotFound(CertificationError):
    code = "token_not_found"
    status = 404


class NameRefused(CertificationError):
    """The user name or the e-mail address is not valid, or already in use."""

    code = "name_refused"


class PasswordRefused(CertificationError):
    code = "password_refused"


class AccountInactive(CertificationError):
    """The account is deactivated: it can own no new token."""

    code = "account_inactive"
    status = 409


class LifetimeRefused(CertificationError):
    code = "lifetime_refused"


class NotOnOneself(CertificationError):
    """Users may not do this to their own account."""

    code = "not_on_oneself"
    status = 409


class LastAdministrator(CertificationError):
    """This is the only active administrator."""

    code = "last_administrator"
    status = 409
