"""Brings the registry to what AWS offers, in the audit log of whoever asked for it."""

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
from certification.errors import NothingToSync, ProposalNotFound, ProposalRefused
from certification.states import AuditAction, Face
from models_registry import aws
from models_registry.models import AIModel, AwsLook

logger = logging.getLogger(__name__)


def look(regions: Sequence[str] = ()) -> AwsLook:
    """Asks AWS, or the simulator, what the regions offer; without any, the active ones.

    Raises UnknownRegions.
    """
    queries.lookup.regions_named(regions, inactive=True)
    return aws.look(regions)


def apply(look_id: UUID, actor: Actor) -> aws.Differences:
    """Applies the last look. Raises NothingToSync if it is not the last, or was applied before."""
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


def accept(proposal_id: UUID, actor: Actor) -> AIModel:
    """Makes a model of a proposal, switched off. Raises ProposalNotFound, ProposalRefused."""
    with transaction.atomic():
        try:
            model = aws.accept(proposal_id)
        except aws.NoSuchProposal:
            raise _no_such_proposal() from None
        except aws.UnsupportedKind:
            raise ProposalRefused(
                _("There are no checks for what this model takes and gives.")
            ) from None
        audit.note(actor, AuditAction.PROPOSAL_ACCEPTED, subject=model.api_model_id)
    return model


def dismiss(proposal_id: UUID, actor: Actor) -> None:
    """Raises ProposalNotFound."""
    with transaction.atomic():
        try:
            proposal = aws.dismiss(proposal_id)
        except aws.NoSuchProposal:
            raise _no_such_proposal() from None
        audit.note(actor, AuditAction.PROPOSAL_DISMISSED, subject=proposal.api_model_id)


def as_scheduled() -> None:
    """The daily sync, as far as REGISTRY_SYNC says: nothing, a report, or the changes too."""
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
        try:
            apply(made.pk, Actor(face=Face.SCHEDULE))
        except NothingToSync:
            logger.info("someone else looked at AWS meanwhile: theirs is the one to apply")


def _no_such_proposal() -> ProposalNotFound:
    return ProposalNotFound(_("This proposal waits for no answer any more."))
