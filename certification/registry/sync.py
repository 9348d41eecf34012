"""Compares the registry with what AWS offers, and applies the differences.

Every change is written to the audit log in the same transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from certification import queries
from certification.accounts import audit
from certification.accounts.audit import Actor
from certification.errors import NothingToSync
from certification.states import AuditAction, Face
from models_registry import aws
from models_registry.models import AwsLook

logger = logging.getLogger(__name__)


def look(regions: Sequence[str] = (), *, believe: bool = False) -> AwsLook:
    """Reads from AWS (or the simulator) what the regions offer; all active regions by default.

    `believe`: also if a region lists much less than the registry has.

    Raises UnknownRegions.
    """
    queries.lookup.regions_named(regions, inactive=True)
    return aws.look(regions, believe=believe)


def apply(look_id: UUID, actor: Actor) -> aws.Differences:
    """Applies the differences that a look found.

    Raises NothingToSync unless it is the newest look and was not applied before.
    """
    with transaction.atomic():
        try:
            found = aws.apply(look_id)
        except aws.NothingToApply:
            raise NothingToSync(
                _("This look was applied before, or a newer one is there: read that one first.")
            ) from None
        audit.note(
            actor,
            AuditAction.REGISTRY_SYNCED,
            new=len(found.new),
            changed=len(found.changed),
            gone=len(found.gone),
            lifecycles=len(found.lifecycles),
        )
    return found


def run_daily() -> None:
    """Logs how the registry differs from AWS, and applies it if REGISTRY_SYNC is "apply".

    Differences that would remove a large share of the offers are left to a person, with an error
    in the log.

    Does nothing if REGISTRY_SYNC is "off".
    """
    if settings.REGISTRY_SYNC == "off":
        return
    made = aws.look()
    found = aws.differences(made)
    logger.info(
        "AWS differs from the registry in %s offers and lifecycles; %s regions read, %s not",
        found.count,
        len(made.seen),
        len(made.unread),
    )
    if settings.REGISTRY_SYNC == "apply" and made.seen:
        if aws.removes_too_much(found, made):
            logger.error(
                "AWS no longer lists %s offers of the registry, and others in fewer ways: too many "
                "to apply unseen. "
                "Look at the registry's screen, or run sync_with_aws, and apply it there",
                len(found.gone),
            )
            return
        try:
            apply(made.pk, Actor(face=Face.SCHEDULE))
        except NothingToSync:
            logger.info("a newer look at AWS exists: it is the one to apply")
