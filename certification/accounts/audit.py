"""The audit log: who did what. An entry is written in the transaction of the command, so that it
exists exactly when the command took effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import User

from certification.models import AuditEntry, CertificationJob
from certification.states import AuditAction, Face

LONGEST_SUBJECT: Final = 255


@dataclass(frozen=True)
class Actor:
    """Who gives a command, and through which interface; `user` is None at the command line."""

    user: User | None = None
    face: Face = Face.COMMAND


COMMAND_LINE: Final = Actor()


def note(
    actor: Actor,
    action: AuditAction,
    *,
    job: CertificationJob | None = None,
    subject: str = "",
    **details: Any,
) -> None:
    """Adds an entry. `details` is JSON that administrators read: never a password or a token."""
    AuditEntry.objects.create(
        user=actor.user,
        username=actor.user.get_username() if actor.user else "",
        face=actor.face,
        action=action,
        job=job,
        subject=subject[:LONGEST_SUBJECT],
        details=details,
    )
