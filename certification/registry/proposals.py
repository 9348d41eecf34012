"""Proposals: models that AWS offers and the registry does not have. Every decision on one is
written to the audit log in the same transaction."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from certification.accounts import audit
from certification.accounts.audit import Actor
from certification.errors import ProposalNotFound, ProposalRefused
from certification.states import AuditAction
from models_registry import aws
from models_registry.models import AIModel


def accept(proposal_id: UUID, actor: Actor) -> AIModel:
    """Adds the proposed model to the registry, inactive.

    Raises ProposalNotFound, and ProposalRefused if no check fits the model's modalities.
    """
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
    """Dismisses a proposal. Raises ProposalNotFound."""
    with transaction.atomic():
        try:
            proposal = aws.dismiss(proposal_id)
        except aws.NoSuchProposal:
            raise _no_such_proposal() from None
        audit.note(actor, AuditAction.PROPOSAL_DISMISSED, subject=proposal.api_model_id)


def _no_such_proposal() -> ProposalNotFound:
    return ProposalNotFound(_("This proposal waits for no answer any more."))
