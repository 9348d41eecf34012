"""Draws a standing as a small SVG, for a README or a catalogue of models."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from certification.exports import xml_text
from certification.figures import whole_score
from certification.models import ModelCertification
from certification.outcomes import simulated
from certification.queries.shown_standings import stale_reason_of
from certification.states import StandingStatus

# Dark enough for white text (contrast at least 4.5:1).
COLOURS: Final = {
    StandingStatus.CERTIFIED: "#1a7f37",
    StandingStatus.QUALITY_WARNING: "#9a6700",
    StandingStatus.FAILED: "#cf222e",
    StandingStatus.BLOCKED: "#8a3b12",
}
UNKNOWN: Final = "#57606a"
LEFT: Final = "#24292f"
# Average width of a character of 11 px Verdana, in pixels, rounded up.
CHARACTER: Final = 7
PADDING: Final = 8


def svg(standing: ModelCertification) -> str:
    """Returns an SVG with the last verdict and its score, marked if stale or simulated."""
    status = StandingStatus(standing.verdict or standing.status)
    parts = [str(status.label)]
    if standing.score is not None:
        parts.append(whole_score(standing.score))
    if stale_reason_of(standing):
        parts.append(_("stale"))
    if mark := simulated.label(standing.simulated):
        parts.append(mark)
    return _picture(
        f"homologa {standing.region_id}", " · ".join(parts), COLOURS.get(status, UNKNOWN)
    )


def _picture(left: str, right: str, colour: str) -> str:
    left_width, right_width = (len(text) * CHARACTER + 2 * PADDING for text in (left, right))
    width = left_width + right_width
    label = xml_text.attribute(f"{left}: {right}")
    left, right = xml_text.content(left), xml_text.content(right)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" '
        f"aria-label={label}><title>{left}: {right}</title>"
        f'<rect width="{width}" height="20" rx="3" fill="{colour}"/>'
        f'<path d="M3 0h{left_width - 3}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="{LEFT}"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" '
        f'font-size="11"><text x="{left_width / 2}" y="14">{left}</text>'
        f'<text x="{left_width + right_width / 2}" y="14">{right}</text></g></svg>'
    )
