"""Sentences that several formats contain."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SIMULATED = _("Simulated: these verdicts come from the bundled Bedrock simulator.")
