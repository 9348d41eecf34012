"""How results of the bundled simulator are marked. (templates/homologa/parts/simulated.html does
the same on screens.)"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

LABEL: Final = _("simulated")
NOTICE: Final = _("Simulated: these verdicts come from the bundled Bedrock simulator.")


def label(simulated: bool | None) -> str:
    """Returns the mark of one result, empty for a result of AWS or where none is there."""
    return str(LABEL) if simulated else ""


def notice(simulated: bool) -> str:
    """Returns the sentence over a report, empty if none of its results is simulated."""
    return str(NOTICE) if simulated else ""
